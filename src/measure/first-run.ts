/** What a warm round and a cold start do alike: fill the inputs, and look at the first answer. */
import type { EngineSession, RawOutputs } from '../engine/types.js';
import { buildFeeds, type BuiltFeeds } from '../model/feeds.js';
import { checkOutputs } from '../model/outputs.js';
import { now } from './clock.js';
import type { MeasureTask } from './messages.js';
import type { Server } from './server.js';

/** The model answered, but with something no latency should be reported for. */
export class OutputError extends Error {
  readonly kind: string;
  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }
}

type InputsTask = Pick<MeasureTask, 'model' | 'batch' | 'dims' | 'seed'>;

/** The requests of a task. Throws a UserError when files or sizes don't fit the model. */
export const feedsOf = ({ model, batch, dims, seed }: InputsTask): Promise<BuiltFeeds> =>
  buildFeeds({
    info: model.values,
    specs: model.inputs,
    batch,
    dims,
    pool: model.pool,
    seed,
    ...(model.batchDim === undefined ? {} : { batchDim: model.batchDim }),
    ...(model.labels === undefined ? {} : { labels: model.labels }),
  });

/** Serves the first request; its duration in ns. Throws OutputError when the answer is not one. */
export const firstAnswer = async (
  session: EngineSession,
  server: Server,
  built: BuiltFeeds,
  task: InputsTask,
): Promise<{ duration: number; answer: RawOutputs; outputs: ReturnType<EngineSession['read']> }> => {
  const start = now();
  const answer = await server.once(0);
  const duration = now() - start;
  const outputs = session.read(answer);
  const wrong = checkOutputs(outputs, {
    info: task.model.values,
    batch: task.batch,
    found: built.batch,
    states: built.states,
  });
  if (wrong !== null) throw new OutputError(wrong.kind, wrong.message);
  return { duration, answer, outputs };
};
