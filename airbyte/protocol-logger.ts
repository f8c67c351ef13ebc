// The CDK's logger with its output redirected: block-wise protocol lines, true levels, error traces of fixed fields.
import {shouldWriteLog} from 'faros-airbyte-cdk/lib/logger';
import {AirbyteLogLevel, type AirbyteMessage, isAirbyteLog} from 'faros-airbyte-cdk/lib/protocol';
import {AirbyteSourceLogger} from 'faros-airbyte-cdk/lib/sources/source-logger';
import {toConnectorError} from '../core/errors';
import type {Log} from './log';
import type {MessageWriter} from './message-writer';
import type {ProtocolMessage} from './protocol';
import {toErrorTrace} from './traces';

export class ProtocolLogger extends AirbyteSourceLogger implements Log {
  constructor(private readonly writer: MessageWriter) {
    super(levelFromEnvironment());
  }

  override async write(message: AirbyteMessage): Promise<void> {
    if (isAirbyteLog(message) && !shouldWriteLog(message, this.level)) return;
    await this.writer.write(message as unknown as ProtocolMessage);
  }

  /** Of what nobody caught: nothing comes after it. */
  override traceError(error: unknown): void {
    void this.writer.writeLast(toErrorTrace(toConnectorError(error), Date.now()));
  }

  /** The CDK would put logs into STATE messages here. */
  override flush(): Promise<void> {
    return Promise.resolve();
  }
}

function levelFromEnvironment(): AirbyteLogLevel {
  const name = (process.env['LOG_LEVEL'] ?? '').toUpperCase();
  return new Map(Object.entries(AirbyteLogLevel)).get(name) ?? AirbyteLogLevel.INFO;
}
