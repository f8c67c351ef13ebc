// Answers `spec` without the runner: platforms ask for it often, and it needs nothing of what the other verbs load.
import {MessageWriter} from './message-writer';

export async function printSpecification(spec: object): Promise<void> {
  const writer = new MessageWriter(process.stdout, () => undefined);
  await writer.write({type: 'SPEC', spec});
  await writer.flush();
  if (writer.readerGone) process.exitCode = 1;
}
