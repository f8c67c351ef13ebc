// Registry of the streams that travel between the two connectors.
import {gpts, projects} from './assistants';
import {captureRuns} from './capture-runs';
import {conversations} from './conversations';
import {fileChunks, files} from './files';
import {logStreams} from './log-streams';
import {automations, canvases, libraryFiles, memories, recordings} from './member-objects';
import {messages} from './messages';
import type {StreamDefinition} from './row';
import {users} from './users';
import {agents, codexEnvironments, codexTasks, skills} from './workspace-objects';

/** In the order the source emits them. */
export const streamDefinitions: readonly StreamDefinition[] = [
  users,
  messages,
  conversations,
  files,
  fileChunks,
  ...logStreams,
  gpts,
  projects,
  memories,
  codexTasks,
  codexEnvironments,
  agents,
  skills,
  automations,
  recordings,
  canvases,
  libraryFiles,
  captureRuns,
];

/** The stream of ours that has this name, with or without a prefix of the platform's: `library_files` is not `files`. */
export function findStream(name: string): StreamDefinition | undefined {
  const named = streamDefinitions.filter((each) => name.endsWith(each.name));
  return named.reduce<StreamDefinition | undefined>(
    (longest, each) => (longest !== undefined && longest.name.length >= each.name.length ? longest : each),
    undefined
  );
}
