/**
 * The engine's flags with which the server is started, as `npm start` and the examples do it. By default the engine lets garbage
 * gather by the size of the machine: up to 128 MiB of young objects in each of two threads, and several times what is in use of
 * old ones. It takes the first flag at the start of the process alone, so the server can't set it by itself; the second is beside it.
 */
export const SERVER_FLAGS = ['--max-semi-space-size=16', '--heap-growing-percent=40'];
