/** What keeps a server from starting and whoever starts it can mend: told in the words of its message alone, without a stack trace. */
export abstract class StartupError extends Error {}
