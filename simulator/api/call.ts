// One request below the workspace, as the handler of its route sees it.
import type {Service} from '../service';
import type {SignedHost} from './signed-host';

export interface Call {
  readonly service: Service;
  readonly signedHost: SignedHost;
  /** What stands in the path's `{}` places, decoded. */
  readonly ids: readonly string[];
  readonly query: URLSearchParams;
  /** JSON that a POST brought; `{}` when there was none. */
  readonly body: object;
}
