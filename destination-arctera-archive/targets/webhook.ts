// Posts a signed JSON document to a webhook, as the Standard Webhooks describe it, and tries again where that may help.
import {createHmac} from 'node:crypto';
import {request} from 'node:https';
import type {Clock} from '../../core/clock';
import {ConfigError, TransientError} from '../../core/errors';
import type {Network} from './network';

export interface WebhookOptions {
  readonly url: string;
  /** Shared with the receiver, who checks the signature with it. */
  readonly secret: string;
  readonly network: Network;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const maxAttempts = 4;
const baseDelayMs = 500;
const timeoutMs = 15_000;

/**
 * @param id the same for every attempt, so that a receiver can tell a repeat
 * Throws ConfigError or TransientError when the receiver did not take it.
 */
export async function postWebhook(id: string, content: object, options: WebhookOptions): Promise<void> {
  const body = JSON.stringify(content);
  for (let attempt = 1; ; attempt += 1) {
    const status = await postOnce(id, body, options).catch(() => 0);
    if (status >= 200 && status < 300) return;
    const said = status === 0 ? 'cannot be reached' : `answers HTTP ${status}`;
    const isFinal = status >= 300 && status < 500 && status !== 408 && status !== 429;
    if (isFinal) throw new ConfigError('alert_not_sent', `The webhook ${said}.`);
    if (attempt >= maxAttempts || options.signal.aborted)
      throw new TransientError('alert_not_sent', `The webhook ${said}.`);
    await options.clock.sleep(baseDelayMs * 2 ** (attempt - 1), options.signal);
  }
}

/** @returns the HTTP status. A redirect is an answer like any other: what is signed for one receiver is not for another. */
function postOnce(id: string, body: string, {url, secret, network, clock}: WebhookOptions): Promise<number> {
  const timestamp = String(Math.floor(clock.nowMs() / 1000));
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  const agent = network.secureAgent(new URL(url).hostname, 1);
  return new Promise<number>((resolve, reject) => {
    const sending = request(
      url,
      {
        method: 'POST',
        agent,
        timeout: timeoutMs,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': `v1,${signature}`,
        },
      },
      (response) => {
        resolve(response.statusCode ?? 0); // what follows the status may have no end
        response.on('error', () => undefined).destroy();
      }
    );
    sending.once('timeout', () => sending.destroy(new Error('The webhook did not answer.')));
    sending.on('error', reject);
    sending.end(body);
  }).finally(() => agent.destroy());
}
