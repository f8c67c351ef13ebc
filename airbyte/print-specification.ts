// Answers `spec` without the runner: platforms ask for it often, and it needs nothing of what the other verbs load.
import {MessageWriter} from './message-writer';
import {ProcessOutput} from './process-output';

export async function printSpecification(spec: object): Promise<void> {
  const writer = new MessageWriter(new ProcessOutput(1), () => undefined);
  await writer.write({type: 'SPEC', spec});
  await writer.flush();
  if (writer.readerGone) process.exitCode = 1;
}
