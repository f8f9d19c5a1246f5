import { HARD_TASKS } from './hard-tasks.ts';
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
  ...HARD_TASKS,
]);
