// Workspaces that cannot be looked into, as those of another user: one of the others may hold what is asked for.

export class ClosedWorkspaces {
  private failure: {readonly reason: unknown} | undefined;

  /** Undefined where it cannot be looked into. */
  lookedInto<Found>(look: () => Found): Found | undefined {
    try {
      return look();
    } catch (reason) {
      this.failure ??= {reason};
      return undefined;
    }
  }

  /** To be called where nobody holds it. Throws what kept from looking. */
  tell(): void {
    if (this.failure !== undefined) throw this.failure.reason;
  }
}
