import { toPrompts } from './labelled-prompt.ts';

export const HARD = toPrompts([
  ['maths', 'Prove that there are infinitely many primes congruent to 3 modulo 4.'],
  [
    'maths',
    'Let f be continuous on [0,1] with f(0)=f(1). Show that for every n there is an x such that f(x) = f(x + 1/n).',
  ],
  ['maths', 'Prove or disprove: every finite group of order p^2 is abelian.'],
  ['maths', 'Evaluate the integral of ln(x)/(1+x^2) from 0 to infinity and justify each step rigorously.'],
  [
    'maths',
    'Derive the Black-Scholes equation from first principles, stating every assumption, and discuss which of them fails in practice.',
  ],
  ['maths', 'Find all functions f: R -> R such that f(x+y) = f(x)f(y) - f(xy) + 1 for all real x, y.'],
  [
    'maths',
    'Show that the eigenvalues of a Hermitian matrix are real and that eigenvectors of distinct eigenvalues are orthogonal; then generalise to compact self-adjoint operators.',
  ],
  [
    'maths',
    'How many ways are there to tile a 3 x 2n rectangle with dominoes? Derive the recurrence, solve it in closed form and prove it.',
  ],
  [
    'maths',
    'Given $X_1,\\dots,X_n$ i.i.d. uniform on $[0,\\theta]$, derive the MLE of $\\theta$, its bias and MSE, and compare it with the method of moments estimator.',
  ],
  [
    'maths',
    'Beweise, dass $\\sqrt{2}+\\sqrt{3}$ irrational ist, und bestimme das Minimalpolynom über $\\mathbb{Q}$.',
  ],
  [
    'maths',
    'Démontrez que toute suite de Cauchy dans un espace métrique compact converge, puis discutez la réciproque.',
  ],
  ['maths', '证明：若 n 阶矩阵 A 满足 A^2 = A，则 A 可对角化，并求其所有可能的特征值。'],
  [
    'maths',
    'Prove the AM-GM inequality by induction and give a second proof with Jensen; analyse where equality holds.',
  ],
  [
    'maths',
    'A stick is broken at two uniformly random points. Derive the distribution of the longest piece and its expected value, with a rigorous argument.',
  ],
  ['maths', 'Demuestra que el conjunto de Cantor es no numerable y tiene medida cero.'],
  [
    'code',
    'Design and implement a thread-safe LRU cache in C++ with O(1) operations, TTL eviction and lock striping. Discuss the memory ordering that you rely on.',
  ],
  [
    'code',
    'Our Go service leaks goroutines under load. Here is the worker pool, find every race and fix it:\n```go\nfunc (p *Pool) Run(jobs <-chan Job) {\n  for i := 0; i < p.n; i++ {\n    go func() {\n      for j := range jobs {\n        res := make(chan Result)\n        go func() { res <- j.Do() }()\n        select {\n        case r := <-res:\n          p.results = append(p.results, r)\n        case <-time.After(p.timeout):\n          p.failed++\n        }\n      }\n    }()\n  }\n}\n```',
  ],
  [
    'code',
    'Implement a SQL parser and query planner in Rust for SELECT with joins, WHERE and GROUP BY. Explain the cost model and how join order is chosen.',
  ],
  [
    'code',
    'Refactor this monolith into modules without breaking its public API. Identify hidden coupling, propose the steps in an order in which each can be deployed, and write the first one:\n```ts\nexport class App { users = new Map(); orders = []; constructor(public db: any, public mail: any) {}\n  async order(u: string, items: any[]) { const user = this.users.get(u) ?? await this.db.q("select * from users where id="+u); this.users.set(u, user); const total = items.reduce((s, i) => s + i.price * i.n, 0); if (user.credit < total) throw new Error("credit"); user.credit -= total; await this.db.q("update users set credit="+user.credit); this.orders.push({ u, items, total }); await this.mail.send(user.mail, "ok"); return total; } }\n```',
  ],
  [
    'code',
    'Write a lock-free multi-producer single-consumer queue in Rust with only core::sync::atomic and prove that it is linearizable.',
  ],
  [
    'code',
    "This PostgreSQL query takes 40 seconds on 80 million rows. Analyse the plan, explain the misestimate, and optimise it without changing the schema:\n```sql\nSELECT c.region, date_trunc('month', o.created_at) m, count(DISTINCT o.customer_id), sum(oi.qty * oi.price)\nFROM orders o JOIN order_items oi ON oi.order_id = o.id JOIN customers c ON c.id = o.customer_id\nWHERE o.status <> 'cancelled' AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.order_id = o.id)\nGROUP BY 1, 2 ORDER BY 1, 2;\n```\n```\nHash Join (rows=1200) (actual rows=41000000) -> Nested Loop Anti Join (actual time=0.1..31000)\n```",
  ],
  [
    'code',
    'Implement the Raft consensus algorithm in Go: leader election, log replication, snapshots. Include the tests that show safety under partitions.',
  ],
  [
    'code',
    'Write a compiler from a small functional language with closures to WebAssembly, including closure conversion and garbage collection. Explain the trade-offs.',
  ],
  [
    'code',
    'Debug this: after deploying, p99 latency doubles every six hours until the pods restart. Heap is flat, CPU flat, file descriptors grow slowly, DNS lookups rise. We use Node 20, undici with a custom agent, and Kubernetes with ndots 5. Give hypotheses ranked by probability and an experiment for each.',
  ],
  [
    'code',
    'Entwirf und implementiere einen verteilten Rate Limiter über mehrere Regionen mit beschränkter Abweichung. Diskutiere Konsistenz, Ausfälle und beweise die obere Schranke.',
  ],
  [
    'code',
    'Design a rate-limited, idempotent webhook delivery system with retries and ordering per tenant; write the core in TypeScript and analyse the failure modes.',
  ],
  [
    'code',
    'Optimise this CUDA kernel for shared memory and bank conflicts, and estimate the speed-up with a roofline model:\n```cuda\n__global__ void mm(float*A,float*B,float*C,int n){int r=blockIdx.y*blockDim.y+threadIdx.y,c=blockIdx.x*blockDim.x+threadIdx.x;float s=0;for(int k=0;k<n;k++)s+=A[r*n+k]*B[k*n+c];C[r*n+c]=s;}\n```',
  ],
  [
    'code',
    'Given n up to 2*10^5 intervals with weights, choose a subset of total length at most L that maximises the weight so that no point is covered more than k times. Design an algorithm, prove its complexity and implement it.',
  ],
  [
    'code',
    'Find the security vulnerabilities in this authentication code, explain how each could be exploited, and rewrite it:\n```php\n$u=$_POST["u"];$p=md5($_POST["p"]);$r=mysql_query("select * from users where name=\'$u\' and pw=\'$p\'");if($row=mysql_fetch_array($r)){setcookie("uid",$row["id"]);if($_GET["next"])header("Location: ".$_GET["next"]);}\n```',
  ],
  [
    'code',
    'Implementa un motor de plantillas con herencia, escapado contextual contra XSS y compilación a funciones; justifica las decisiones de diseño y analiza su complejidad.',
  ],
  [
    'code',
    'Write an incremental, type-checked build system in Python with content-addressed caching, remote execution and cycle detection. Explain how you would verify that it is hermetic.',
  ],
  [
    'code',
    'Our CRDT text editor diverges when two users paste at the same position while offline. Analyse why RGA with these tie-breaks can interleave, propose a fix such as Fugue, and prove convergence.',
  ],
  [
    'design',
    'Design the architecture of a payment platform that handles 20,000 transactions per second in three regions with exactly-once settlement. Cover data model, consistency, failure modes, and migration from a single PostgreSQL.',
  ],
  [
    'design',
    'Design a multi-tenant analytics system with row-level security, near-real-time ingestion and a budget of 8,000 dollars a month. Compare at least three architectures and justify the choice quantitatively.',
  ],
  [
    'design',
    'We must move 400 microservices from one cloud to another in nine months without downtime. Develop a strategy with phases, risks, rollback plans, staffing and the criteria for each gate.',
  ],
  [
    'design',
    'Design an experiment to measure the causal effect of a recommender on long-term retention where users interfere with each other. Discuss identification, power, and threats to validity.',
  ],
  [
    'design',
    'Propose a zero-trust network architecture for a hospital group with legacy devices; analyse threats with STRIDE, and prioritise the measures by risk reduction per cost.',
  ],
  [
    'design',
    'Entwickle eine Architektur für die Migration eines 20 Jahre alten ERP-Systems auf Microservices, mit Risikoanalyse, Datenmigration, Rückfallstrategie und Kostenvergleich von drei Varianten.',
  ],
  [
    'design',
    'Concevez une architecture de données pour une banque soumise au RGPD : lignage, effacement, chiffrement, et analyse comparative de deux approches avec leurs compromis.',
  ],
  [
    'design',
    'Design the storage engine of a time-series database: write path, compaction, indexing of high-cardinality labels, and crash recovery. Derive write and read amplification.',
  ],
  [
    'design',
    'Diseña la estrategia de lanzamiento y la arquitectura técnica de un marketplace de energía entre particulares, considerando regulación, liquidación, fraude y escalabilidad; compara alternativas.',
  ],
  [
    'design',
    '设计一个支持千万级并发连接的即时通讯系统架构，分析一致性、消息顺序、容灾与成本之间的权衡，并论证你的选择。',
  ],
  [
    'design',
    '一億ユーザー規模の検索システムを設計し、インデックスの分割、整合性、障害時の挙動、コストのトレードオフを詳細に分析してください。',
  ],
  [
    'analysis',
    'Analyse the following contract clause from the perspective of both parties under German law, identify the unenforceable parts, and propose a redraft: "The contractor is liable without limitation for every damage, including loss of profit, regardless of fault; claims expire after ten years; the client may change the scope at any time without extra pay."',
  ],
  [
    'analysis',
    'Critically evaluate the argument that large language models understand meaning. Reconstruct the strongest version of the Chinese room, the systems reply and two newer objections, and defend a position of your own.',
  ],
  [
    'analysis',
    'A SaaS company grows 40% a year with 118% net revenue retention, 68% gross margin and a burn multiple of 1.9. Build a five-year valuation under three scenarios, state each assumption, and analyse which one matters most.',
  ],
  [
    'analysis',
    'Assess the macroeconomic consequences of a 25% tariff on all imports for a small open economy with a floating currency. Work through the transmission channels, second-round effects, and distributional consequences, and compare with two historical cases.',
  ],
  [
    'analysis',
    'Analysiere die Vor- und Nachteile einer CO2-Steuer gegenüber dem Emissionshandel unter Unsicherheit, leite das Weitzman-Kriterium her und bewerte es kritisch für den Verkehrssektor.',
  ],
  [
    'analysis',
    'Evaluate this clinical trial design for bias: open-label, 84 patients, primary endpoint changed after interim analysis, 22% drop-out in the treatment arm, per-protocol analysis. Explain the direction of each bias, and design a better trial.',
  ],
  [
    'analysis',
    'A 54-year-old presents with progressive dyspnoea, clubbing, bibasilar crackles, a normal echocardiogram and a low DLCO. Work through the differential diagnosis step by step, justify the tests in order and discuss how each result would change the plan.',
  ],
  [
    'analysis',
    'Compare the constitutional reasoning in Marbury v. Madison with that of the German Federal Constitutional Court in Lüth, and argue which theory of judicial review is more coherent.',
  ],
  [
    'analysis',
    'Our churn rose from 2.1% to 3.4% in the quarter in which we changed prices, moved support offshore and had two outages. Using the cohort table below, separate the effects as far as possible, say what cannot be identified, and recommend actions.\ncohort,plan,price_change,m1,m2,m3\n2024Q3,basic,0,0.97,0.95,0.94\n2024Q4,basic,1,0.95,0.91,0.88\n2024Q3,pro,0,0.99,0.98,0.98\n2024Q4,pro,1,0.98,0.95,0.93',
  ],
  [
    'analysis',
    'Critique the methodology of a paper that claims that coffee prolongs life from a cohort of 9,000 nurses with self-reported intake. Cover confounding, reverse causation, measurement error and survivorship, and propose an identification strategy.',
  ],
  [
    'analysis',
    'Identify the logical fallacies and hidden premises in this editorial, reconstruct the argument formally, and evaluate its validity and soundness: "Every great city has trams. Ours has none, so it is not great. Those who oppose the tram oppose greatness; and as the mayor owns a car firm, his objections about cost need no answer."',
  ],
  [
    'analysis',
    'Analyse en profondeur les causes de la crise de la dette grecque et évalue de manière critique les réponses de la zone euro, en comparant au moins deux contrefactuels.',
  ],
  [
    'analysis',
    'Evalúa críticamente los argumentos a favor y en contra de la renta básica universal, modela su coste fiscal bajo tres supuestos y analiza los efectos sobre la oferta laboral.',
  ],
  [
    'reasoning',
    'Five houses in a row have different colours, owners, drinks, pets and cars. The Brit lives in the red house. The Swede keeps dogs. The Dane drinks tea. The green house is left of the white one. The owner of the green house drinks coffee. Who drives the VW keeps birds. The owner of the yellow house drives a Ford. The middle house drinks milk. The Norwegian lives in the first house. Deduce who owns the fish, and show that the solution is unique or list what is missing.',
  ],
  [
    'reasoning',
    'A hundred prisoners with hats of two colours stand in a line. Derive the strategy that saves at least 99, generalise to k colours, and prove that it is optimal.',
  ],
  [
    'reasoning',
    'You have twelve balls, one is heavier or lighter, and a balance. Work out a strategy of three weighings, then prove that thirteen balls cannot be solved with the same information.',
  ],
  [
    'reasoning',
    'On an island, liars always lie and knights always tell the truth; A says "B and C are of the same kind", B says "A is a liar or C is a knight", C says "exactly one of us is a knight". Determine all consistent assignments step by step and prove that there are no others.',
  ],
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
]);
