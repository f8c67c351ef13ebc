// Airbyte's public API, as far as a deployment needs it: https://reference.airbyte.com/.
import type {Json} from '../../core/json-values';

const listLimit = 100;

/** Registering a connector makes Airbyte pull its image and ask it for its form, which may take minutes. */
const timeoutMs = 15 * 60_000;

export class AirbyteApi {
  constructor(
    private readonly baseUrl: string,
    private readonly token: string | undefined
  ) {}

  /** Signs in with an application's id and secret, or with a token, or, where Airbyte asks for none, not at all. */
  static async signIn(baseUrl: string, environment: Readonly<Record<string, string | undefined>>): Promise<AirbyteApi> {
    const {AIRBYTE_TOKEN, AIRBYTE_CLIENT_ID: id, AIRBYTE_CLIENT_SECRET: secret} = environment;
    if (id === undefined || secret === undefined) return new AirbyteApi(baseUrl, AIRBYTE_TOKEN);
    const answer = await new AirbyteApi(baseUrl, undefined).send('POST', 'applications/token', {
      client_id: id,
      client_secret: secret,
      'grant-type': 'client_credentials',
    });
    if (typeof answer['access_token'] !== 'string') throw new Error('Airbyte answered the sign-in without a token.');
    return new AirbyteApi(baseUrl, answer['access_token']);
  }

  /** Every object of a listing, page after page. */
  async list(path: string, query: Readonly<Record<string, string>> = {}): Promise<Json[]> {
    const all: Json[] = [];
    for (;;) {
      const parameters = new URLSearchParams({...query, limit: String(listLimit), offset: String(all.length)});
      const {data} = (await this.send('GET', `${path}?${parameters.toString()}`)) as {data?: Json[]};
      all.push(...(data ?? []));
      if ((data ?? []).length < listLimit) return all;
    }
  }

  /** The definitions of a workspace come in one piece. */
  async listWhole(path: string): Promise<Json[]> {
    const {data} = (await this.send('GET', path)) as {data?: Json[]};
    return data ?? [];
  }

  async send(method: 'GET' | 'POST' | 'PUT' | 'PATCH', path: string, body?: Json): Promise<Json> {
    const doing = `${method} ${path.split('?')[0] ?? ''}`;
    const response = await fetch(`${this.baseUrl.replace(/\/$/, '')}/${path}`, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : {'Content-Type': 'application/json'}),
        ...(this.token === undefined ? {} : {Authorization: `Bearer ${this.token}`}),
      },
      ...(body === undefined ? {} : {body: JSON.stringify(body)}),
    }).catch((error: unknown) => {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new Error(`${doing}: Airbyte was not reached (${cause}).`);
    });
    const text = await response.text();
    // What Airbyte says of a refused body may quote it, and with it a secret: only status and title are shown.
    if (!response.ok) throw new Error(`${doing}: Airbyte answered ${response.status}${titleOf(text)}.`);
    return text === '' ? {} : (JSON.parse(text) as Json);
  }
}

function titleOf(text: string): string {
  try {
    const {title, type} = JSON.parse(text) as {title?: unknown; type?: unknown};
    const said = [title, type].find((one): one is string => typeof one === 'string');
    return said === undefined ? '' : ` (${said.slice(0, 200)})`;
  } catch {
    return '';
  }
}
