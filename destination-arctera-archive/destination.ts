// The destination as Airbyte knows it: builds the object graph of a sync and runs it.
import {randomUUID} from 'node:crypto';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Destination, type DestinationContext, type ExtraVerb, type WriteRequest} from '../airbyte/destination';
import type {StateMessage} from '../airbyte/protocol';
import {packageVersion} from '../airbyte/connector-process';
import {ConfigError} from '../core/errors';
import {Alarm} from './alarm';
import {beginTarget, checkTarget, describeTarget, toLedgerPlace, toPolicy} from './check';
import {Conclusion, toSigner} from './conclusion';
import type {Config} from './config';
import {Events} from './events';
import {published} from './published';
import {lockWaitMs} from './ledger/ledger-lock';
import type {RunStart} from './ledger/runs';
import {toKnownSpelling} from './ledger/workspace-spelling';
import {toOpening} from './opening';
import {ComposerThread} from './pipeline/composer-thread';
import {assertNeededFields} from './pipeline/needed-fields';
import {openWorkspace} from './pipeline/open-workspace';
import {settleWorkspaces} from './pipeline/settle-workspaces';
import {Write} from './pipeline/write';
import {findUnusedSettings} from './policy/unused-settings';
import {changeHolds, holdActions} from './verbs/hold';
import {rebuildLedgers} from './verbs/rebuild-ledger';
import {testPolicy} from './verbs/policy-test';
import {reportRuns} from './verbs/report-runs';
import {retrySetAside} from './verbs/retry-set-aside';
import {showEvent} from './verbs/show';
import {showTranscript} from './verbs/show-transcript';
import {showStatus} from './verbs/status';
import {toEndOfRun, toFolderError} from './targets/folder-errors';
import {verifyArchive} from './verbs/verify';

/** Of an option that has one value. Any other would be passed over, and what is answered taken for what was asked. */
function isGiven(options: Readonly<Record<string, string>>, name: string, value: string): boolean {
  const given = options[name];
  if (given !== undefined && given !== value) throw new ConfigError('command_invalid', `--${name} must be ${value}.`);
  return given !== undefined;
}

const keptFileBytes = 1024 * 1024 * 1024;

/** Beside the bundle of the destination. */
const composerProgram = join(__dirname, 'destination-arctera-archive-composer.js');

const verbsForPeople: readonly ExtraVerb<Config>[] = [
  {
    name: 'verify',
    description: 'prove the ledger, every item and every manifest of the archive',
    furtherOptions: {format: 'json for one JSON document in place of the log'},
    run: async (config, {log}, {options, print}) =>
      (await verifyArchive(config, new Events(log), isGiven(options, 'format', 'json') ? print : undefined)) ? 0 : 1,
  },
  {
    name: 'report',
    description: 'print what the source counted, the ledger holds and the targets have, by run, day, user and stream',
    furtherOptions: {
      since: 'day or time: what runs did that ended before it is looked at no more',
      format: 'json for one JSON document in place of tables',
    },
    run: (config, _, {options, print}) =>
      reportRuns(config, {asJson: isGiven(options, 'format', 'json'), since: options['since']}, print),
  },
  {
    name: 'status',
    description: 'print how far the archive has captured; exit code 1 when that is too long ago',
    furtherOptions: {
      'max-age': 'longest time since the last capture, such as 90m, 3h or 2d',
      format: 'json for one JSON document in place of text',
    },
    run: (config, {clock}, {options, print}) =>
      showStatus(config, {clock, maxAge: options['maxAge'], asJson: isGiven(options, 'format', 'json')}, print),
  },
  {
    name: 'show',
    description:
      'tell what became of a record, and why; or print the transcript of a conversation, an item or an event',
    furtherOptions: {
      event: 'id of the event or record',
      conversation: 'id of the conversation to print',
      item: 'id of the item to print',
      format: 'text for the transcript of an event',
    },
    run: (config, {log}, {options, print}) => {
      const {event, conversation, item} = options;
      const isText = isGiven(options, 'format', 'text');
      const isTold = event !== undefined && !isText && conversation === undefined && item === undefined;
      if (isTold) return showEvent(config, event, new Events(log));
      return showTranscript(config, {conversation, item, event}, print);
    },
  },
  {
    name: 'policy-test',
    description: 'tell what the policy would do with the records on stdin, delivering nothing',
    furtherOptions: {ledger: 'read to look at what the archive holds already, as a sync does'},
    run: async (config, {log}, {input, options, logged}) =>
      testPolicy(config, input(), {events: new Events(log), told: logged}, isGiven(options, 'ledger', 'read')),
  },
  {
    name: 'retry-set-aside',
    description: 'archive what was set aside and can be archived now; exit code 1 when something stays',
    furtherOptions: {code: 'only what was set aside with this code'},
    run: (config, context, {options}) => retrySetAside(config, context, options['code']),
  },
  {
    name: 'hold',
    argument: `<${holdActions}>`,
    description: 'hold what is archived and what comes for a matter; release it; or list what is held',
    furtherOptions: {
      name: 'name of the matter',
      reason: 'why, for the ledger',
      user: 'ids or addresses of users, separated by commas',
      conversation: 'ids of conversations, separated by commas',
      from: 'first day or time of what is held',
      until: 'day or time before which it is held',
      workspace: 'only this workspace, by the name of its folder',
      format: 'json for one JSON document in place of the list',
    },
    run: (config, context, {options, print}) =>
      changeHolds(config, context, {...options, asJson: isGiven(options, 'format', 'json')}, print),
  },
  {
    name: 'rebuild-ledger',
    description: 'make a ledger that was lost anew from the items of every target that can be read',
    run: async (config, {clock, log}) => ((await rebuildLedgers(config, new Events(log), clock)) ? 0 : 1),
  },
];

/** A folder that cannot be read, as another user's or one on a share that is gone, is told as that, whichever verb meets it. */
function tellingOfFolders(verb: ExtraVerb<Config>): ExtraVerb<Config> {
  return {
    ...verb,
    run: async (config, ...given) => {
      try {
        return await verb.run(config, ...given);
      } catch (error) {
        const {target, ledger} = config;
        const place = target.type === 'folder' ? target.path : ledger?.type === 'sqlite' ? ledger.path : tmpdir();
        throw toFolderError(error, place);
      }
    },
  };
}

export class ArcteraArchiveDestination extends Destination<Config> {
  override readonly configSchema = published.configSchema;
  override readonly documentationUrl = published.documentationUrl;
  override readonly extraVerbs: readonly ExtraVerb<Config>[] = verbsForPeople.map(tellingOfFolders);

  override async checkConnection(config: Config, {log}: DestinationContext): Promise<void> {
    await checkTarget(config);
    new Events(log).settingsUnused(findUnusedSettings(config));
  }

  override async *writeRecords(
    {config, catalog, input}: WriteRequest<Config>,
    {clock, log, signal}: DestinationContext
  ): AsyncGenerator<StateMessage> {
    const events = new Events(log);
    const startedMs = clock.nowMs();
    const runId = randomUUID();
    const alarm = new Alarm(config, {runId}, {clock, events});
    const policy = await alarm.watching(() => {
      assertNeededFields(catalog);
      return toPolicy(config);
    });
    const streamNames = catalog.streams.map(({name}) => name);
    events.settingsUnused(findUnusedSettings(config, streamNames));
    const run: RunStart = {
      runId,
      startedAt: new Date(startedMs).toISOString(),
      policyVersion: policy.version,
      versions: {destination: packageVersion()},
      target: describeTarget(config.target),
    };
    const place = await alarm.watching(() => toLedgerPlace(config));
    const opening = toOpening({config, place, events, clock, signal, runId});
    await alarm.watching(async () => {
      try {
        await beginTarget(config, {clock, signal});
        await settleWorkspaces({...opening, onFailed: (name, {code}) => events.workspaceNotSettled(name, code)});
      } catch (error) {
        place.close();
        throw error;
      }
    });
    const composer = new ComposerThread(composerProgram);
    const write = new Write({
      config,
      policy,
      catalog,
      clock,
      signal,
      keptFileBytes,
      composer,
      openWorkspace: (workspaceId) => {
        composer.begin(); // records have come, and most of them become items
        return openWorkspace({...opening, workspaceId, lockWaitMs, run});
      },
      spellWorkspace: (workspaceId) => toKnownSpelling(workspaceId, place.names()),
      onArchived: (tally) => events.archived(tally),
      onUnknownStates: (workspaceId, stream) => events.statesUnknown(workspaceId, stream),
    });
    const conclusion = new Conclusion({
      write,
      events,
      run,
      startedMs,
      clock,
      alarm,
      signer: toSigner(config),
      setAsideLimit: {percent: config.set_aside_percent, records: config.set_aside_records},
    });
    try {
      yield* write.run(input);
      conclusion.hasEnded = !signal.aborted;
    } catch (error) {
      conclusion.failure = toEndOfRun(error, place.root); // whichever folder of the archive it was
      throw conclusion.failure;
    } finally {
      await composer.close();
      try {
        await conclusion.draw();
      } catch (error) {
        throw toEndOfRun(error, place.root);
      } finally {
        place.close();
      }
    }
  }
}
