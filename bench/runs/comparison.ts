import { applyLoad, type Load } from './load.ts';
import type { SubjectFigures } from './report.ts';
import type { Scale } from './scale.ts';
import type { BenchServer } from './server.ts';
import type { Subject } from './subject.ts';

/** Measures one subject after the other on the same server, each of them warm and alone. */
export const compareSubjects = async (
  server: BenchServer,
  subjects: readonly Subject[],
  scale: Scale,
): Promise<readonly SubjectFigures[]> => {
  const figures: SubjectFigures[] = [];
  for (const subject of subjects) {
    process.stderr.write(`${subject.name} …\n`);
    figures.push({ ...subject, result: await measureSubject(server, subject, scale).catch(asError) });
  }
  return figures;
};

const measureSubject = async (server: BenchServer, subject: Subject, scale: Scale): Promise<readonly Load[]> => {
  await using opened = await subject.open(server);
  await applyLoad(opened.start, scale.warmUp);
  await server.analyze();
  const loads: Load[] = [];
  for (const load of scale.loads) loads.push(await applyLoad(opened.start, load));
  return loads;
};

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
