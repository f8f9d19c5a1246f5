import { type LabelledPrompt, type Level, toPrompts } from './labelled-prompt.ts';

/** Written after words and weights were frozen, and never used to change them. */
export const LATER: Record<Level, LabelledPrompt[]> = {
  simple: toPrompts([
    ['fact', 'How far is the moon?'],
    ['chat', 'lol ok'],
    ['translate', 'Say "see you tomorrow" in Portuguese'],
    ['classify', 'Is "running" a noun or a verb in: Running is fun?'],
    ['rewrite', 'Make it all lower case: HELLO World'],
    ['extract', 'What is the postcode in "12 Mill Lane, Oxford OX1 2AB"?'],
    ['maths', '7 + 8 times 2'],
    ['code', 'How do I exit vim?'],
    ['write', 'A caption for a photo of my dog on the beach'],
    ['fact', 'Wann beginnt der Sommer?'],
    ['fact', 'Combien de jours en mars ?'],
    [
      'summarise',
      'Sum up in ten words: The library will close at five during the holidays because of staff shortage.',
    ],
    ['agent', 'Call mum', { tools: 3 }],
    ['chat', 'You are funny :)'],
    ['classify', 'Topic of this headline: "Central bank leaves rates unchanged"'],
    ['rewrite', 'Plural of "mouse"?'],
    ['extract', 'Give me just the hashtags: loving it #sun #sea and more'],
    ['fact', 'Who painted the Mona Lisa?'],
    ['translate', 'Was heißt „Regenschirm“ auf Englisch?'],
    ['write', 'Two emoji for a party invitation'],
  ]),
  medium: toPrompts([
    ['code', 'Write a JavaScript debounce function and show how to use it on an input field.'],
    ['code', 'My flexbox items do not shrink below their content. Why, and how do I fix it?'],
    ['explain', 'How do noise-cancelling headphones work, and why are they worse with voices?'],
    ['explain', 'Explain the difference between a virus and a bacterium and what that means for treatment.'],
    [
      'write',
      'Write a friendly reminder to parents about the school trip: date, packing list, pick-up time.',
    ],
    ['write', 'Draft a one-page job description for a shift manager in a bakery.'],
    [
      'maths',
      'A shirt costs 40 after a discount of 20 percent. What was the price before, and how do you get there?',
    ],
    [
      'data',
      'Write a pandas snippet that merges two files on id and lists the rows that are in only one of them.',
    ],
    [
      'summarise',
      'Summarise this complaint for the shop manager and suggest an answer: I ordered a lamp on the 2nd, it came on the 20th, the shade was broken, the hotline hung up twice, and now you want me to pay for the return.',
    ],
    ['advice', 'I sleep badly since I started night shifts. What can I change step by step?'],
    ['advice', 'What are good questions to ask a landlord before signing a lease?'],
    ['explain', 'Erkläre, wie eine Wärmepumpe im Winter heizen kann.'],
    ['write', 'Écris une courte histoire pour enfants sur un hérisson qui a peur du noir, environ 200 mots.'],
    ['code', 'Write a Makefile with targets for build, test and clean for a small C project.'],
    ['agent', 'Check which of my open invoices are overdue and prepare reminders.', { tools: 4 }],
    [
      'rewrite',
      'Rewrite this paragraph so that it sounds confident but not arrogant: I think I might be able to help with your project, since I have done something a bit similar once, and people said that it was not bad.',
    ],
    [
      'extract',
      'Make a table of names, roles and phone numbers: Reception: Kim, 4410. IT: Sam and Alex, 4423 and 4424. Head of sales is Robin (4401), who also covers marketing until May.',
    ],
    [
      'chat',
      'Could you do the same for the evening and keep it under 20 euros per person?',
      {
        earlier: [
          'Plan a cheap Saturday in Hamburg for two.',
          'Morning: fish market. Noon: Miniatur Wunderland. Afternoon: walk in Planten un Blomen.',
        ],
      },
    ],
    ['reasoning', 'If today is Wednesday, what day was it 100 days ago? Explain how you counted.'],
    [
      'data',
      'Which SQL index helps a query that filters by country and sorts by created_at, and why that order of columns?',
    ],
  ]),
  hard: toPrompts([
    [
      'maths',
      'Show that a continuous bijection from a compact space to a Hausdorff space is a homeomorphism, and find a counterexample without compactness.',
    ],
    [
      'maths',
      'Let a_n be the number of permutations without fixed points. Derive a closed form, its asymptotics, and a bijective proof of the recurrence.',
    ],
    [
      'code',
      'Implement a B+ tree with concurrent inserts using optimistic lock coupling in C++, and argue why readers never see a torn node.',
    ],
    [
      'code',
      'After upgrading to Java 21 with virtual threads our service stalls under load with all carrier threads pinned. Explain the possible causes, how you would prove each from a thread dump, and redesign the blocking parts.',
    ],
    [
      'design',
      'Design a feature store that serves 50 thousand lookups per second at 5 ms p99 with point-in-time correct training data. Discuss the trade-offs between two storage layouts and the back-fill strategy.',
    ],
    [
      'design',
      'Lay out how you would split a national voting register over mutually distrusting agencies, so that no two of them can link voter and vote; give the protocol, its assumptions and the attacks that remain.',
    ],
    [
      'analysis',
      'A startup offers me 0.8% as options with a strike of 2 dollars, a 1x participating preference stack of 40 million and a likely exit between 60 and 200 million. Model my payoff, analyse dilution and tax, and tell me how to negotiate.',
    ],
    [
      'analysis',
      'Evaluate whether the Treaty of Versailles made the Second World War inevitable; weigh at least three schools of historiography against each other and take a position.',
    ],
    [
      'science',
      'Explain why high-temperature superconductivity in cuprates cannot be described by BCS theory, and critically compare two candidate mechanisms with the experimental evidence.',
    ],
    [
      'science',
      'Derive the relativistic Doppler shift for an accelerating source and discuss the limit in which it becomes gravitational redshift.',
    ],
    [
      'reasoning',
      'Seven pirates share 100 coins by vote with ties passing. Work out the division by backward induction, then analyse how it changes if pirates prefer to throw others overboard, and prove your claim for n pirates.',
    ],
    [
      'write',
      'Write a detailed policy memo of about 2,000 words for a finance minister on replacing fuel tax by road pricing, with distributional analysis, three design options, legal risks and a transition plan.',
    ],
    [
      'agent',
      'Find out why the nightly reconciliation is off by 1,312.40 since March, trace it through the ledger, the import jobs and the currency service, and repair the data without touching closed periods.',
      { tools: 9 },
    ],
    [
      'agent',
      'Upgrade the monorepo to React 19: list the breaking changes that affect us, migrate package by package, keep the tests green at each step, and document the ones that you had to rewrite.',
      { tools: 12 },
    ],
    [
      'data',
      'Our uplift model looks great offline and does nothing online. Analyse selection bias, leakage and interference as explanations and design a test that can separate them.',
    ],
    [
      'strategy',
      'Our largest supplier was bought by our competitor. Develop a strategy for the next 18 months with scenarios, second-order effects, contract leverage and triggers.',
    ],
    [
      'maths',
      'Beweise den Satz von Bolzano-Weierstraß und verallgemeinere ihn auf vollständige metrische Räume; wo genau geht die Beschränktheit ein?',
    ],
    [
      'design',
      'Concevez un système de facturation à l’usage exact au centime près malgré des événements tardifs ou dupliqués ; justifiez vos choix et analysez les modes de défaillance.',
    ],
    [
      'code',
      'Write a type checker with bidirectional inference for a language with row polymorphism and higher-rank types; prove soundness for the core and discuss where inference becomes undecidable.',
    ],
    [
      'analysis',
      'Critique this experiment: we doubled prices in one city for a week, revenue rose 30%, hence demand is inelastic. Identify every threat to validity and design an identification strategy that would convince a sceptic.',
    ],
  ]),
};
