// What a command can't do, in words for who typed it.

export class Failure extends Error {}
