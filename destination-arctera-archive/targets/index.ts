// The registry of targets: from the settings of one to the target itself.
import type {Clock} from '../../core/clock';
import {FolderTarget} from './folder';
import {Network, type NetworkSettings, withoutBrackets} from './network';
import type {Target} from './target';
import type {TargetConfig} from './target-config';

export interface TargetContext {
  /** Name of the workspace: its id made safe. */
  readonly directory: string;
  /** Of this run, where items of a run get a directory of their own. */
  readonly session: string;
  readonly network: NetworkSettings;
  readonly messageIdDomain: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called before anything is sent. Throws where the ledger may be another run's by now. */
  readonly assertHeld?: (() => void) | undefined;
}

/** The clients of servers are loaded only where they are used: they are large. */
export async function openTarget(config: TargetConfig, context: TargetContext): Promise<Target> {
  const {assertHeld, directory, clock, signal, messageIdDomain} = context;
  switch (config.type) {
    case 'folder': {
      const folder = new FolderTarget({
        path: config.path,
        directory,
        layout: config.layout,
        session: config.session_folders === true ? context.session : undefined,
        envelope: config.envelope,
        clock,
        assertHeld,
      });
      await folder.open();
      return folder;
    }
    case 'smtp': {
      const {SmtpTarget} = await import('./smtp');
      const {security = 'starttls', sender, recipients, username, password, connections = 4} = config;
      const port = config.port ?? (security === 'tls' ? 465 : 25);
      return new SmtpTarget({
        settings: {
          host: withoutBrackets(config.host),
          port,
          security,
          sender,
          recipients,
          username,
          password,
          connections,
        },
        network: new Network(context.network),
        messageIdDomain,
        clock,
        signal,
        assertHeld,
        random: Math.random,
      });
    }
    case 's3': {
      const {S3Target} = await import('./s3');
      const {access_key_id: accessKeyId, secret_access_key: secretAccessKey} = config;
      return new S3Target({
        settings: {
          bucket: config.bucket,
          region: config.region,
          endpoint: config.endpoint,
          pathStyle: config.path_style ?? false,
          credentials:
            accessKeyId === undefined || secretAccessKey === undefined ? undefined : {accessKeyId, secretAccessKey},
          prefix: config.prefix ?? '',
          lockMode: config.object_lock,
          retentionDays: config.retention_days,
          encryption: config.encryption,
          kmsKeyId: config.kms_key_id,
        },
        directory,
        network: new Network(context.network),
        clock,
        signal,
        assertHeld,
        random: Math.random,
      });
    }
  }
}
