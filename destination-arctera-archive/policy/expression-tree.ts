// What the parts of a parsed CEL expression are; the tree is read by its shape.

/** An operator, function or method, with what it is asked of first. */
export interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
  /** Whether it was written behind a dot: a method is none when it is written as a function, and fails. */
  readonly isMethod: boolean;
}

export function callOf(node: unknown): Call | undefined {
  const value = caseOf(node, 'exprKind', 'callExpr');
  if (typeof value !== 'object' || value === null || !('function' in value) || !('args' in value)) return undefined;
  const {function: name, args} = value;
  if (typeof name !== 'string' || !Array.isArray(args)) return undefined;
  const target = 'target' in value ? value.target : undefined;
  const isMethod = target !== undefined;
  return {name, args: isMethod ? [target, ...(args as unknown[])] : args, isMethod};
}

/** The text that a node says in so many words. */
export function constantTextOf(node: unknown): string | undefined {
  const text = caseOf(caseOf(node, 'exprKind', 'constExpr'), 'constantKind', 'stringValue');
  return typeof text === 'string' ? text : undefined;
}

/** Name of the member where a node is `record.member`. */
export function memberOfRecord(node: unknown): string | undefined {
  const value = caseOf(node, 'exprKind', 'selectExpr');
  if (typeof value !== 'object' || value === null || !('operand' in value) || !('field' in value)) return undefined;
  const isPlain = !('testOnly' in value && value.testOnly === true);
  return isPlain && isRecord(value.operand) && typeof value.field === 'string' ? value.field : undefined;
}

/** Whether a node is `record` itself. */
export function isRecord(node: unknown): boolean {
  const value = caseOf(node, 'exprKind', 'identExpr');
  if (typeof value !== 'object' || value === null || !('name' in value)) return false;
  return value.name === 'record' || value.name === '.record';
}

/** The expressions all of which have to be true for the whole to be: an error is not true, and none beside it makes it so. */
export function conjunctsOf<Node>(node: Node): Node[] {
  const call = callOf(node);
  return call?.name === '_&&_' ? (call.args as readonly Node[]).flatMap(conjunctsOf) : [node];
}

function caseOf(node: unknown, kind: string, wanted: string): unknown {
  if (typeof node !== 'object' || node === null || !(kind in node)) return undefined;
  const {case: actual, value} = (node as Readonly<Record<string, {readonly case?: string; readonly value?: unknown}>>)[
    kind
  ] ?? {case: undefined, value: undefined};
  return actual === wanted ? value : undefined;
}
