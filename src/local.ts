// The server behind `app.request()`: an application's routes as they are, without an address.

import { requestOver } from "./in-memory.ts";
import { NativeServer } from "./native/server.ts";
import type { Settings } from "./options.ts";
import { planOf } from "./plan.ts";
import { revision, type Scope } from "./scope.ts";

/** So many are kept for the next request; a test may make thousands of applications. */
const idleMax = 32;
/** Beyond this those are closed too of which somebody has a stream that he may never read to its end. */
const openMax = 128;
/** In the order in which they were last used. */
const open = new Set<Local>();

export class Local {
  private server: Promise<NativeServer> | undefined;
  private native: NativeServer | undefined;
  private revision = -1;
  private inFlight = 0;

  constructor(
    private readonly scope: Scope,
    private readonly settings: Settings,
  ) {}

  async request(request: Request): Promise<Response> {
    this.inFlight++;
    open.delete(this);
    open.add(this);
    try {
      const link = (await this.ready()).connect();
      this.inFlight++;
      link.onClose = () => this.inFlight--;
      return await requestOver(link, request);
    } finally {
      this.inFlight--;
      closeIdle();
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
    const plan = await planOf(this.scope, this.settings, () => {
      if (this.native !== undefined) this.native.timeouts++;
    });
    this.native ??= new NativeServer(this.settings);
    try {
      this.native.setRoutes(plan.entries, plan.fallback);
    } catch (error) {
      // The next request says so again.
      this.revision = -1;
      throw error;
    }
    return this.native;
  }

  get isIdle(): boolean {
    return this.inFlight === 0;
  }

  close(): void {
    open.delete(this);
    this.native?.discard();
    this.native = undefined;
    this.server = undefined;
  }
}

/** Those that were not used for longest. */
function closeIdle(): void {
  for (const local of open) {
    if (open.size <= idleMax) return;
    if (local.isIdle || open.size > openMax) local.close();
  }
}

function ignore(): void {
  // Whoever asked for it has heard of it.
}
