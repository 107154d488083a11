import type { Surroundings } from '../scenario.js';
import { type GrownStage, type GrowthFigures, withGrownStage } from './grown-stage.js';
import type { GrowthSettings } from './growth-options.js';

/** Measures with each number of events stored: all are there at once, and the loads come to them in turns, so that a machine that changes meanwhile favours none. */
export function measureGrowth(settings: GrowthSettings, { screen, ...surroundings }: Surroundings): Promise<GrowthFigures[]> {
  return withGrown(settings.stored, surroundings.signal, []);

  function withGrown(
    [storedCount, ...others]: readonly number[],
    signal: AbortSignal,
    grown: readonly GrownStage[],
  ): Promise<GrowthFigures[]> {
    if (storedCount === undefined) return measure(grown);
    const say = (text: string) => screen.status(`${nameOf(storedCount)}: ${text}`);
    return withGrownStage(storedCount, settings, { surroundings: { ...surroundings, signal }, say }, (stage, stageSignal) =>
      withGrown(others, stageSignal, [...grown, stage]),
    );
  }

  async function measure(grown: readonly GrownStage[]): Promise<GrowthFigures[]> {
    const { rounds } = settings;
    for (let round = 1; round <= rounds; round += 1) {
      for (const stage of round % 2 === 1 ? grown : grown.toReversed()) {
        const name = `round ${round} of ${rounds}, ${nameOf(stage.storedCount)}`;
        const hasArrived = await stage.carryLoads((text) => screen.status(`${name}: ${text}`));
        screen.line(`${name}: ${hasArrived ? 'carried' : 'deliveries are missing'}`);
        if (!hasArrived) return [await closeEarly(stage)];
      }
    }
    const figures: GrowthFigures[] = [];
    for (const stage of grown) {
      screen.status(`${nameOf(stage.storedCount)}: stopping the server and comparing the books`);
      figures.push(await stage.close());
    }
    return figures;
  }
}

/** Void, even where the rest arrives after all: each further round would wait in vain, and the others have no figures. */
async function closeEarly(stage: GrownStage): Promise<GrowthFigures> {
  const figures = await stage.close();
  return { ...figures, faults: ['Of what a load owed, some had not arrived in its time.', ...figures.faults] };
}

function nameOf(storedCount: number): string {
  return `${storedCount.toLocaleString('en')} stored`;
}
