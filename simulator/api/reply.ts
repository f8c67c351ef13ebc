// What a route answers: a status, headers and a body.

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | object;
}

/** An answer that is not a success, in the shape `{"detail": …}`. */
export function refuse(status: number, detail: string | object, headers: Readonly<Record<string, string>> = {}): Reply {
  return {status, headers, body: {detail}};
}

export function refuseParameter(type: string, name: string, msg: string): Reply {
  return refuse(422, [{type, loc: ['query', name], msg}]);
}
