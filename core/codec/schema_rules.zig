//! A compiled schema: what each place of a document has to be, as plain data that is never changed again.

const std = @import("std");
const schema_text = @import("schema_text.zig");
const Format = @import("schema_format.zig").Format;
const names = @import("schema_names.zig");
const Names = names.Names;
const NumberRules = @import("schema_number.zig").NumberRules;
const Pattern = @import("schema_pattern.zig").Pattern;

pub const Types = packed struct(u8) {
    null: bool = false,
    boolean: bool = false,
    integer: bool = false,
    /// With `integer`.
    number: bool = false,
    string: bool = false,
    array: bool = false,
    object: bool = false,
    _: u1 = 0,

    pub const all: Types = .{
        .null = true,
        .boolean = true,
        .integer = true,
        .number = true,
        .string = true,
        .array = true,
        .object = true,
    };

    pub fn eql(a: Types, b: Types) bool {
        return @as(u8, @bitCast(a)) == @as(u8, @bitCast(b));
    }
};

/// How the quick walk takes a value; decided by all the rules together.
pub const Kind = enum(u8) {
    /// Anything.
    any,
    /// Nothing: the schema `false`.
    never,
    null,
    boolean,
    integer,
    number,
    /// A string with rules on its length, and perhaps a pattern.
    string,
    /// One of some strings.
    string_of,
    array,
    object,
    /// Left to the thorough check.
    general,
};

pub const Node = struct {
    kind: Kind = .general,
    types: Types = .all,
    /// Its values are not shown in errors.
    write_only: bool = false,
    /// Nor are those that hold such values.
    has_secrets: bool = false,
    number: ?*const NumberRules = null,
    string: ?*const StringRules = null,
    array: ?*const ArrayRules = null,
    object: ?*const ObjectRules = null,
    values: ?*const Values = null,
    logic: ?*const Logic = null,
    /// Where it stands in the schema's text.
    source: u32,
    /// Its place among the nodes.
    number_in_program: u32,
};

pub const StringRules = struct {
    /// In characters.
    min: u32 = 0,
    max: u32 = std.math.maxInt(u32),
    pattern: ?*const Pattern = null,
    format: Format = .none,
};

pub const ArrayRules = struct {
    min: u32 = 0,
    max: u32 = std.math.maxInt(u32),
    is_unique: bool = false,
    prefix: []const *const Node = &.{},
    items: ?*const Node = null,
    contains: ?*const Node = null,
    contains_min: u32 = 1,
    contains_max: u32 = std.math.maxInt(u32),
    /// Of its items, for those who receive values.
    slot: u32 = 0,
};

pub const properties_max = Names.names_max;
pub const Seen = std.bit_set.Static(properties_max);
/// The quick walk keeps track of so many.
pub const quick_properties_max = 64;

pub const ObjectRules = struct {
    /// All that the schema names: declared, required or dependent.
    names: Names,
    properties: []const Property = &.{},
    /// The same for the quick walk, with all that it needs of one in one place.
    members: []const Member = &.{},
    /// The places of those that have to be there.
    required: []const u16 = &.{},
    /// The same, where there are few enough.
    required_bits: u64 = 0,
    patterns: []const PatternProperty = &.{},
    /// Of what is neither declared nor has a pattern.
    additional: ?*const Node = null,
    property_names: ?*const Node = null,
    min: u32 = 0,
    max: u32 = std.math.maxInt(u32),
    has_dependents: bool = false,
    additional_slot: u32 = 0,
};

pub const Property = struct {
    /// Null where something else only speaks of it.
    node: ?*const Node = null,
    slot: u32 = 0,
    /// The places of those that come with it.
    dependent_required: []const u16 = &.{},
    dependent_schema: ?*const Node = null,
};

pub const Member = struct {
    key: names.Key,
    /// Null where anything may stand there.
    node: ?*const Node,
    slot: u32,
};

pub const PatternProperty = struct { pattern: *const Pattern, node: *const Node };

/// `enum` and `const`: places in the schema's text.
pub const Values = struct {
    text: schema_text.Text,
    list: []const u32,
    is_const: bool,
    /// Where all are strings, and not too many.
    strings: ?Names,
    /// Those that are numbers, in order.
    numbers: []const f64,
    /// Those that are strings, in as many tables as they take, and what is neither.
    names: []const Names,
    others: []const u32,
};

pub const Logic = struct {
    ref: ?*const Node = null,
    all_of: []const *const Node = &.{},
    any_of: []const *const Node = &.{},
    one_of: []const *const Node = &.{},
    not: ?*const Node = null,
    @"if": ?*const Node = null,
    then: ?*const Node = null,
    @"else": ?*const Node = null,
};
