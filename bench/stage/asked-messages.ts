/** What a process can be asked for over the channel between the processes, by name: what it is given, and what it answers. */
export type Commands = { [Name in string]: { given: unknown; answer: unknown } };

/** A command on its way; its answer carries the same id. */
export type CommandMessage<Known extends Commands> = {
  [Name in keyof Known]: { id: number; name: Name; given: Known[Name]['given'] };
}[keyof Known];

/** What an asked process says: an answer, a fault, or, unasked, how many it has counted. */
export type AskedMessage = { id: number; answer: unknown } | { id: number; fault: string } | { count: number };
