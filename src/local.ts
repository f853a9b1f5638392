// The server behind `app.request()`: an application's routes as they are, without an address.

import { requestOver } from "./in-memory.ts";
import type { Link } from "./native/link.ts";
import { NativeServer } from "./native/server.ts";
import type { Settings } from "./options.ts";
import { type Plan, planOf } from "./plan.ts";
import type { RouteDetails } from "./route-details.ts";
import { revision, type Scope } from "./scope.ts";

/** So many are kept for the next request; a test may make thousands of applications. */
const idleMax = 32;
/** Beyond this those go too of which somebody has a stream that he may never read to its end. */
const openMax = 128;

const place = Symbol.for("@fasterapi/bun/local");

/** Of all copies of the package that `bun --hot` has loaded, in the order in which they were last used. */
function kept(): Set<Local> {
  const heap = globalThis as { [place]?: Set<Local> };
  heap[place] ??= new Set();
  return heap[place];
}

export class Local {
  private server: Promise<NativeServer> | undefined;
  private native: NativeServer | undefined;
  private plan: Plan | undefined;
  private revision = -1;
  /** Who waits for an answer. */
  private waiting = 0;
  /** With streams that are not read to their ends, too. */
  private readonly links = new Set<Link>();

  constructor(
    private readonly scope: Scope,
    private readonly settings: Settings,
  ) {}

  async request(request: Request): Promise<Response> {
    return await this.asked((native) => {
      const link = native.connect();
      this.links.add(link);
      link.onClose.push(() => this.links.delete(link));
      return requestOver(link, request);
    });
  }

  async routes(): Promise<RouteDetails[]> {
    return await this.asked((native) => this.plan!.details((text) => native.canCheck(text)));
  }

  private async asked<T>(answer: (native: NativeServer) => T | Promise<T>): Promise<T> {
    this.waiting++;
    kept().delete(this);
    kept().add(this);
    try {
      return await answer(await this.ready());
    } finally {
      this.waiting--;
      closeSome();
    }
  }

  /** With the routes that are written by now. */
  private ready(): Promise<NativeServer> {
    if (this.server === undefined || this.revision !== revision()) {
      this.revision = revision();
      this.server = this.update(this.server);
    }
    return this.server;
  }

  private async update(before: Promise<NativeServer> | undefined): Promise<NativeServer> {
    await before?.catch(ignore);
    this.plan = await planOf(this.scope, this.settings, () => {
      if (this.native !== undefined) this.native.timeouts++;
    });
    this.native ??= new NativeServer(this.settings);
    try {
      this.native.setRoutes(this.plan.entries, this.plan.fallback);
    } catch (error) {
      // The next request says so again.
      this.revision = -1;
      throw error;
    }
    return this.native;
  }

  get isIdle(): boolean {
    return !this.isAsked && this.links.size === 0;
  }

  /** Somebody waits for an answer. */
  get isAsked(): boolean {
    return this.waiting > 0;
  }

  /** Not while somebody waits for an answer. */
  close(): void {
    kept().delete(this);
    for (const link of this.links) link.close();
    this.native?.discard();
    this.native = undefined;
    this.server = undefined;
  }
}

/** Those that were not used for longest. */
function closeSome(): void {
  for (const local of kept()) {
    if (kept().size <= idleMax) return;
    if (local.isIdle || (kept().size > openMax && !local.isAsked)) local.close();
  }
}

function ignore(): void {
  // Whoever asked for it has heard of it.
}
