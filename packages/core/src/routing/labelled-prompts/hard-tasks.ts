import type { toPrompts } from './labelled-prompt.ts';

/** The second half of what is hard, behind the first: the order decides what is kept aside. */
export const HARD_TASKS: Parameters<typeof toPrompts>[0] = [
  [
    'reasoning',
    'Three firms bid in a sealed second-price auction with correlated private values and one can reveal its signal. Derive the equilibrium, analyse when revealing is profitable, and discuss collusion.',
  ],
  [
    'reasoning',
    'Schedule 14 lectures in 4 rooms and 5 slots: lectures 1-3 share students, 4 must precede 9, 7 and 8 need the lab (room D), lecturer Roth (2, 6, 11) cannot teach in slot 1, and 12 must be last. Find a feasible schedule, prove that no schedule with four slots exists, or explain the conflict.',
  ],
  [
    'reasoning',
    'Explain the Monty Hall problem, generalise it to n doors of which the host opens k at random, derive the probability of winning by switching in each variant, and prove under which knowledge of the host switching does not matter.',
  ],
  [
    'science',
    'Derive the Lindblad master equation under the Born-Markov approximation and analyse where it breaks down for strong coupling.',
  ],
  [
    'science',
    'Explain quantitatively why the Michelson-Morley experiment rules out a stationary ether, derive the expected fringe shift and discuss the Lorentz contraction as an alternative.',
  ],
  [
    'science',
    'Propose a retrosynthesis of ibuprofen from isobutylbenzene, compare the Boots and BHC routes by atom economy, and analyse the mechanism of each step.',
  ],
  [
    'science',
    'Derive the Navier-Stokes equations from conservation laws, non-dimensionalise them, and analyse the limit of small Reynolds numbers for a sphere.',
  ],
  [
    'science',
    'Design a CRISPR screen to find synthetic lethal partners of KRAS G12D in pancreatic cells; justify library, controls, statistics and how you would rule out off-target effects.',
  ],
  [
    'science',
    'Leite die Schrödinger-Gleichung des Wasserstoffatoms in Kugelkoordinaten her, löse den Radialteil und diskutiere die Entartung.',
  ],
  [
    'science',
    'Analyse the stability of the Lagrange points L4 and L5 for a mass ratio mu, derive the critical value and discuss the role of perturbations.',
  ],
  [
    'science',
    'Develop a pharmacokinetic two-compartment model for a drug with saturable elimination, derive the equations, and analyse the dosing that keeps the trough above 4 mg/l.',
  ],
  [
    'write',
    'Write a comprehensive white paper of about 3,000 words on post-quantum migration for banks, with a threat model, a comparison of ML-KEM and hybrid schemes, a phased roadmap, and a critical discussion of costs.',
  ],
  [
    'write',
    'Write a grant proposal on soil microbiomes and drought resistance: state of the art, hypotheses, work packages with milestones, statistical plan, risks and mitigation, and a justification of the budget of 1.2 million euros.',
  ],
  [
    'write',
    'Write the first chapter (about 2,500 words) of a novel with two unreliable narrators whose accounts contradict each other subtly; plant three clues that only make sense in retrospect, and keep the voices distinct.',
  ],
  [
    'write',
    'Draft a complete data processing agreement under GDPR article 28 between a Swiss processor and a French hospital, including sub-processors, transfers, audit rights, and liability, and explain each deviation from the standard clauses.',
  ],
  [
    'write',
    'Write an in-depth literature review that synthesises competing theories of the productivity slowdown, evaluates the evidence for each and identifies open questions, with a structured argument of 2,000 words.',
  ],
  [
    'write',
    'Erstelle ein ausführliches Gutachten (etwa 2.000 Wörter) zur Haftung von Betreibern autonomer Fahrzeuge, mit Subsumtion, Gegenargumenten und einer begründeten Stellungnahme.',
  ],
  [
    'write',
    'Compose a sonnet sequence of four poems in strict iambic pentameter in which each poem answers the argument of the one before, and the first letters of all lines spell a sentence.',
  ],
  [
    'agent',
    'Investigate why checkout conversion dropped last Tuesday: query the warehouse, look at the deploys, correlate with the error logs, test each hypothesis, then write a post-mortem with the root cause and a fix as a pull request.',
    {
      tools: 9,
      system:
        'You are an autonomous engineering agent. Plan first, then use tools. Verify every claim with data before you state it.',
    },
  ],
  [
    'agent',
    'Migrate this repository from Jest to Vitest, fix all failing tests, keep coverage above 90 percent, and open a pull request with an explanation of each change.',
    {
      tools: 12,
      system: 'You are a coding agent in a large TypeScript monorepo. You can read, edit and run files.',
    },
  ],
  [
    'agent',
    'The test suite is flaky since the last merge. Reproduce it, bisect the commits, find the root cause and fix it properly, not with a retry.',
    {
      tools: 10,
      system: 'You are a senior software engineer working in a terminal. Think before each command.',
    },
  ],
  [
    'agent',
    'Audit all IAM policies in the three accounts, find privilege escalation paths, rank them by exploitability, and prepare a remediation plan that does not break production.',
    { tools: 11 },
  ],
  [
    'agent',
    'Research the market for heat-pump financing in five EU countries, reconcile the conflicting figures of your sources, and produce a board-ready analysis with a recommendation and a sensitivity analysis.',
    { tools: 6 },
  ],
  [
    'agent',
    'Implement the feature described in SPEC.md across backend, worker and web client, including migrations, tests and documentation; resolve any ambiguity by reading the existing code.',
    {
      tools: 14,
      system: 'You are an autonomous coding agent. Work until everything is done and all checks pass.',
    },
  ],
  [
    'agent',
    'Refactor the billing module so that proration is computed in one place, prove with property tests that old and new agree on all historical invoices, and roll it out behind a flag.',
    { tools: 10 },
  ],
  [
    'agent',
    'Plan and execute the cutover: drain the old queue, verify that no message is lost or duplicated, switch the consumers, and roll back automatically if the error rate exceeds one percent.',
    { tools: 8, system: 'You operate production systems. A mistake is expensive. Plan, check, act, verify.' },
  ],
  [
    'agent',
    'Durchsuche die Codebasis nach allen Stellen, an denen Zeitzonen falsch behandelt werden, analysiere die Auswirkungen, behebe sie mit Tests und dokumentiere die Entscheidung.',
    { tools: 10 },
  ],
  [
    'data',
    'Given hourly demand, weather and price data of 300 shops, design a forecasting system: choose and justify the models, handle promotions and stock-outs (censored demand), derive the loss from the newsvendor problem, and explain how you would detect drift.',
  ],
  [
    'data',
    'Derive a Bayesian hierarchical model for conversion rates of 1,200 campaigns with few observations each, justify the priors, write it in Stan and analyse the shrinkage.',
  ],
  [
    'data',
    'Our difference-in-differences estimate flips its sign when we add region trends. Analyse why, discuss staggered adoption and heterogeneous effects, and derive which estimator should be used instead.',
  ],
  [
    'data',
    'Write SQL that finds, for every customer, the longest streak of consecutive months with growing spend, handling gaps, refunds and time zones; explain the gaps-and-islands technique, prove that it is correct for ties and optimise it for 2 billion rows.',
  ],
  [
    'strategy',
    'You are the CFO of a manufacturer with 62% of its revenue from one client who asks for a 12% price cut. Model the options, analyse second-order effects and negotiation dynamics, and recommend a strategy with contingency plans.',
  ],
  [
    'strategy',
    'Develop a go-to-market strategy for a B2B security product in a market with two dominant incumbents: segmentation, pricing with a quantitative model, channel conflicts, and a three-year plan with leading indicators and kill criteria.',
  ],
  [
    'strategy',
    'Two siblings inherit a company with pension liabilities, a disputed patent and a minority investor with a drag-along right. Analyse the legal, tax and game-theoretic aspects of three succession structures and recommend one.',
  ],
  [
    'code',
    'Here is the failing part of our scheduler. It deadlocks about once in a million runs. Reason about all interleavings, find the one that hangs, and repair it without a global lock:\n```java\nvoid transfer(Account a, Account b, long n) {\n  synchronized (a) { while (a.balance < n) a.wait(); synchronized (b) { a.balance -= n; b.balance += n; b.notify(); } }\n}\n```',
    {
      earlier: [
        'We have an issue with our scheduler in production.',
        'Please show me the code and what you see.',
      ],
    },
  ],
  [
    'code',
    'That fixed the race, but throughput fell by 60%. Redesign it so that transfers between disjoint accounts do not contend, prove that it is deadlock-free and that no money is lost on crash.',
    {
      earlier: [
        'The transfer code deadlocks, see the snippet with nested synchronized blocks.',
        'Order the locks by account id and use notifyAll, so that no cycle of waits can exist.',
      ],
    },
  ],
  [
    'maths',
    'Now generalise the argument to infinite-dimensional Hilbert spaces and prove that compactness is necessary.',
    {
      earlier: [
        'Prove the spectral theorem for symmetric matrices.',
        'By induction on the dimension: a maximiser of the Rayleigh quotient on the unit sphere is an eigenvector, and its complement is invariant.',
      ],
    },
  ],
  [
    'maths',
    'Determine all integer solutions of x^2 + y^2 + z^2 = 3xyz and prove that your description is complete.',
  ],
  [
    'maths',
    'Compute the expected number of steps of a random walk on the n-cube to return to its start, derive the mixing time and prove the cutoff phenomenon.',
  ],
  [
    'code',
    'Design an efficient algorithm for the k shortest simple paths in a directed graph with negative edges, prove correctness, analyse its complexity and implement it in C++.',
  ],
];
