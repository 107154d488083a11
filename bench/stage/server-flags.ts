/**
 * The engine's flags with which the server is started, as `npm start` and the examples do it. By default the engine lets garbage
 * gather by the size of the machine: up to 128 MiB of young objects in each of two threads, and several times what is in use of
 * old ones. And it compiles and marks in four threads beside: on two cores, each few seconds they keep the one that answers from its
 * work for tenths of a second. It takes the first and the last flag at the start of the process alone, so the server can't set them
 * by itself; the second is beside them.
 */
export const SERVER_FLAGS = ['--max-semi-space-size=32', '--heap-growing-percent=40', '--v8-pool-size=1'];
