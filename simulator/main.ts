// Command line of the simulator: starts it, says where it is, and runs until it is told to stop.
import {writeFileSync} from 'node:fs';
import {flags, helpText, parseCommandLine} from './command-line';
import {startSimulator} from './server';
import {toTruthLines} from './truth';

async function main(): Promise<void> {
  const command = parseCommandLine(process.argv.slice(2));
  if (command.help) {
    console.log(helpText(flags));
    return;
  }
  const simulator = await startSimulator(command.options);
  const {baseUrl, signedOrigin, workspaceId, apiKey} = simulator;
  const writeTruth = (): void => {
    if (command.truthFile !== undefined) writeFileSync(command.truthFile, toTruthLines(simulator.truth()));
  };
  writeTruth();
  console.log(
    JSON.stringify({base_url: baseUrl, workspace_id: workspaceId, api_key: apiKey, signed_origin: signedOrigin})
  );
  console.log('\nChatGPT Enterprise Compliance API, simulated.\n');
  console.log(`  api_base_url  ${baseUrl}\n  workspace_id  ${workspaceId}\n  api_key       ${apiKey}\n`);
  console.log('Stop with Ctrl-C.');
  const {produceEverySeconds, produceEvents} = command;
  const timer =
    produceEverySeconds > 0
      ? setInterval(() => {
          console.log(`published ${simulator.produce(produceEvents)} with ${produceEvents} events`);
          writeTruth();
        }, produceEverySeconds * 1000)
      : undefined;
  const stop = (): void => {
    clearInterval(timer);
    void simulator.close();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
