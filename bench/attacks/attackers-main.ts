import { answerCommands } from '../stage/answer-commands.js';
import type { AttackerCommands } from './attacker-commands.js';
import { Attackers } from './attackers.js';
import { knownAttacks } from './known-attacks.js';

// The process that the benchmark starts as its attackers: what they send is made in it, and so does not keep the load waiting.
let attackers: Attackers | undefined;

answerCommands<AttackerCommands>(
  async ({ name, given }) => {
    switch (name) {
      case 'begin':
        attackers = new Attackers(knownAttacks, given.victim, { pauseMs: given.pauseMs });
        return {};
      case 'end':
        return await attackers!.end();
    }
  },
  () => 0,
);
