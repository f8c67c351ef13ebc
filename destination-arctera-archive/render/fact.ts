// A labelled fact, as transcripts and documents list them.
export interface Fact {
  readonly label: string;
  readonly value: string;
}
