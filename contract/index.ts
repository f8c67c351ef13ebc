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
