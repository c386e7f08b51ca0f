/** What a person can decide about a charge in review; resolve-review.ts says what each does. */
export const reviewDecisions = ["look_up_again", "not_paid", "give_up"] as const;

export type ReviewDecision = (typeof reviewDecisions)[number];
