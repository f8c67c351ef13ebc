// The policy in force, compiled from the configuration: pure, deterministic, and named by the hash of what it says.
import {sha256OfParts} from '../../core/digest';
import {ConfigError} from '../../core/errors';
import {type Actor, compileIdentityMap, type ResolveActor} from './actors';
import {type AttachmentPolicy, compileAttachmentPolicy} from './attachment-policy';
import type {Examined} from './conditions';
import type {Decision} from './decision';
import {builtInDetectors, type Detector, toCustomDetector} from './detectors';
import {CelRecord, type VariableName} from './expression';
import {ExpressionAnswers} from './expression-answers';
import {compileKeywordLists, type KeywordSearch} from './keyword-lists';
import {compileMonitoredUsers, type FindUnmonitored} from './monitored-users';
import {PatternSearch} from './pattern-search';
import {detectorNames, type PolicyConfig, policyFields} from './policy-config';
import type {Redactor} from './redaction';
import {type PolicyRecord, toRecordFacts} from './record-facts';
import {compileRules, decideByRules, Redactors, RuleBook} from './rules';
import {defaultTarget} from './routing';
import {TextSigns} from './text-signs';
import {toNamesOfUser} from './user-selector';

/** Owner of a record that names nobody: no condition on people holds. */
const nobody: Actor = {
  id: '',
  name: undefined,
  email: undefined,
  collectorEmail: undefined,
  isMonitored: true,
  isUnmapped: false,
};

export class Policy {
  /** Hash of the normalised policy. */
  readonly version: string;
  readonly resolve: ResolveActor;
  readonly attachments: AttachmentPolicy;
  private readonly findUnmonitored: FindUnmonitored;
  private readonly keywords: KeywordSearch;
  private readonly patterns = new PatternSearch();
  private readonly book: RuleBook;
  private readonly mapsPeople: boolean;
  private readonly redactors = new Redactors();

  /**
   * Throws ConfigError that names the rule or field that cannot be used.
   * @param targetNames names of the targets besides the default one
   */
  constructor(
    private readonly config: PolicyConfig,
    targetNames: readonly string[] = []
  ) {
    this.version = toVersion(config, targetNames);
    try {
      if (new Set([defaultTarget, ...targetNames]).size <= targetNames.length) {
        throw new Error('two targets have the same name');
      }
      this.resolve = compileIdentityMap(config);
      this.mapsPeople = (config.identity_map ?? []).length > 0 || (config.identity_map_csv ?? '') !== '';
      this.attachments = compileAttachmentPolicy(config);
      this.findUnmonitored = compileMonitoredUsers(config);
      this.keywords = compileKeywordLists(config.keyword_lists ?? []);
      const detectorNamed = compileDetectors(config);
      const answers = new ExpressionAnswers<VariableName>();
      const names = {detectorNamed, patterns: this.patterns, answers};
      for (const {pattern} of config.custom_detectors ?? []) this.patterns.add(pattern);
      this.book = new RuleBook(compileRules(config, new Set([defaultTarget, ...targetNames]), names));
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'it cannot be read';
      throw new ConfigError('policy_invalid', `The policy cannot be used: ${problem}.`, {cause: error});
    }
  }

  /** Decides of a whole item: it is kept or left out with all its records. */
  decide(
    records: readonly PolicyRecord[],
    owner: Actor | undefined,
    sizeOf?: (fileId: string) => number | undefined
  ): Decision {
    const unmonitored = owner === undefined ? undefined : this.findUnmonitored(owner);
    if (unmonitored !== undefined) {
      return {disposition: 'exclude', why: {rule: 'monitored_users', reason: unmonitored}, rules: []};
    }
    const {rules} = this.book;
    const person = owner ?? nobody;
    const examined = rules.length === 0 ? [] : records.map((record) => this.examine(record, person, sizeOf));
    return decideByRules(this.book, {records: examined, owner: toNamesOfUser(person)}, this.config, this.redactors);
  }

  /** Whether nothing is ever left out, marked, masked or routed. */
  get isSilent(): boolean {
    const {monitored_users: monitored, routing_mode: mode} = this.config;
    return this.book.rules.length === 0 && monitored === 'all' && mode === 'default_only' && !this.mapsPeople;
  }

  /** Masks what the named rules say: of an item whose text is not at hand any more. */
  redactorOf(rules: readonly string[]): Redactor | undefined {
    const named = this.book.rules.filter(({config}) => rules.includes(config.name));
    return this.redactors.of(new Set(named.flatMap(({redact}) => redact)));
  }

  private examine(record: PolicyRecord, owner: Actor, sizeOf?: (fileId: string) => number | undefined): Examined {
    const facts = toRecordFacts(record, sizeOf);
    const hasPattern = this.patterns.in(() => facts.text);
    let lists: ReadonlySet<string> | undefined;
    const found = new Map<Detector, boolean>();
    let signs: TextSigns | undefined;
    return {
      facts,
      cel: new CelRecord(facts, owner),
      hasPattern,
      keywordLists: () => (lists ??= this.keywords.find(facts.text)),
      isFoundBy: (detector) => {
        const known = found.get(detector);
        if (known !== undefined) return known;
        const {find, pattern} = detector;
        const isFound =
          pattern === undefined
            ? find(facts.text, (signs ??= new TextSigns(facts.text))).length > 0
            : hasPattern(this.patterns.add(pattern)) && find(facts.text).length > 0;
        found.set(detector, isFound);
        return isFound;
      },
    };
  }
}

function compileDetectors(config: PolicyConfig): (name: string) => Detector {
  const detectors = new Map<string, Detector>(detectorNames.map((name) => [name, builtInDetectors[name]]));
  for (const [index, {name, pattern}] of (config.custom_detectors ?? []).entries()) {
    const position = `custom_detectors.${index} (${name})`;
    if (detectors.has(name)) throw new Error(`${position}: another detector has the same name`);
    try {
      detectors.set(name, toCustomDetector(name, pattern));
    } catch (error) {
      throw new Error(`${position}: ${error instanceof Error ? error.message : 'does not compile'}`, {cause: error});
    }
  }
  return (name) => {
    const detector = detectors.get(name);
    if (detector === undefined) throw new Error(`there is no detector ${JSON.stringify(name)}`);
    return detector;
  };
}

/** Of the policy's fields alone, whatever order their keys were written in and whether empty or left out. */
function toVersion(config: PolicyConfig, targetNames: readonly string[]): string {
  const given = Object.keys(policyFields)
    .sort()
    .map((field) => [field, config[field as keyof PolicyConfig]]);
  return sha256OfParts(['policy', canonical([...given, ['targets', targetNames]])]).slice(0, 16);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === undefined) return '[]';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
}
