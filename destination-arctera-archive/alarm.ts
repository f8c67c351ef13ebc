// Tells the webhook of what went wrong in a run. That nobody could be told never fails the run.
import type {Clock} from '../core/clock';
import {toConnectorError} from '../core/errors';
import type {Config} from './config';
import type {Events} from './events';
import type {RunStart} from './ledger/runs';
import {type Alert, toAlerts, toFailure} from './report/alerts';
import type {Summary} from './report/summary';
import {Network} from './targets/network';
import {postWebhook} from './targets/webhook';

export class Alarm {
  private readonly never = new AbortController().signal;

  constructor(
    private readonly config: Config,
    private readonly run: Pick<RunStart, 'runId'>,
    private readonly tools: {readonly clock: Clock; readonly events: Events}
  ) {}

  /** For what is done before there is anything to sum up: a failure is told of, and thrown. */
  async watching<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      await this.send([toFailure(toConnectorError(error).code)], undefined);
      throw error;
    }
  }

  async summed(summary: Summary): Promise<void> {
    await this.send(toAlerts(summary, this.config.alerts?.max_lag_hours), summary.ended_at);
  }

  private async send(alerts: readonly Alert[], endedAt: string | undefined): Promise<void> {
    const {alerts: settings, proxy, ca_certificate} = this.config;
    const {clock, events} = this.tools;
    if (settings === undefined || alerts.length === 0) return;
    const content = {
      type: 'archive.alert',
      timestamp: endedAt ?? new Date(clock.nowMs()).toISOString(),
      data: {run_id: this.run.runId, alerts},
    };
    const {url, secret} = settings;
    const network = new Network({proxy, ca_certificate});
    try {
      // Also when the run was told to end: that somebody learns of it is worth the seconds.
      await postWebhook(this.run.runId, content, {url, secret, network, clock, signal: this.never});
    } catch (error) {
      events.alertNotSent(toConnectorError(error).message);
    }
  }
}
