import { toPrompts } from './labelled-prompt.ts';

export const MEDIUM = toPrompts([
  ['explain', 'Explain how photosynthesis works to a ten-year-old, with an everyday comparison.'],
  ['explain', 'What is the difference between TCP and UDP, and when would I use each?'],
  ['explain', 'Explain recursion with an example in Python.'],
  ['explain', 'How does a mortgage work, and what should a first-time buyer look out for?'],
  ['explain', 'Explain the causes of the First World War in three paragraphs.'],
  ['explain', 'Erkläre den Unterschied zwischen GmbH und UG und nenne Vor- und Nachteile.'],
  ['explain', 'Explique-moi comment fonctionne une pompe à chaleur et quels sont ses avantages.'],
  [
    'explain',
    'Explica la diferencia entre aprendizaje supervisado y no supervisado con un ejemplo de cada uno.',
  ],
  ['explain', '请解释什么是通货膨胀，并举两个例子说明它对普通家庭的影响。'],
  ['explain', 'RESTとGraphQLの違いを説明し、それぞれの利点を挙げてください。'],
  ['explain', 'Why does bread rise, and why does sourdough taste different from bread made with yeast?'],
  ['explain', 'Compare electric cars and hybrids for someone who drives 40 km a day.'],
  ['explain', 'What are the pros and cons of working from home? Give four of each.'],
  ['explain', 'Explain what a database index is and when adding one makes things slower.'],
  ['explain', 'How does HTTPS keep my data private? Explain certificates and the handshake in simple words.'],
  ['explain', 'Describe how vaccines train the immune system, including memory cells.'],
  ['explain', 'What does the p-value in an A/B test mean, and what does it not mean?'],
  [
    'write',
    'Write an email to a customer whose order is two weeks late. Apologise, explain the supplier delay, and offer a 10% discount.',
  ],
  [
    'write',
    'Write a product description of about 120 words for a waterproof hiking backpack with 40 litres.',
  ],
  ['write', 'Draft a cover letter for a junior accountant who has just finished a two-year apprenticeship.'],
  [
    'write',
    'Write a blog post intro about remote onboarding, friendly tone, around 150 words, end with a question.',
  ],
  ['write', 'Create a seven-day vegetarian meal plan for two people with a shopping list.'],
  ['write', 'Write a short story of about 300 words in which a lighthouse keeper finds a letter.'],
  [
    'write',
    'Plan a three-day trip to Vienna for a family with two small children. Include meals and rainy-day options.',
  ],
  [
    'write',
    'Schreibe eine höfliche Beschwerde an meinen Vermieter wegen der kaputten Heizung und setze eine Frist von zwei Wochen.',
  ],
  [
    'write',
    'Rédige un e-mail pour demander une augmentation à mon responsable, ton professionnel, environ 150 mots.',
  ],
  ['write', 'Escribe una descripción de puesto para un desarrollador backend con tres años de experiencia.'],
  [
    'write',
    'Write a press release announcing that our bakery chain switches to compostable packaging in spring.',
  ],
  [
    'write',
    'Write a LinkedIn post about what I learned in my first year as a team lead. Three lessons, no hashtags.',
  ],
  ['write', 'Draft an agenda for a 60-minute retrospective with a team of eight, with timings.'],
  ['write', 'Write a poem of four stanzas about autumn in the style of a folk song.'],
  ['write', 'Write a speech of two minutes for my sister’s wedding. She is a nurse and loves sailing.'],
  [
    'write',
    'Write user documentation for a CSV export feature: what it does, how to start it, and three common problems.',
  ],
  [
    'write',
    'Create ten quiz questions about the solar system with four answers each and mark the right one.',
  ],
  ['code', 'Write a Python function that checks whether a string is a palindrome, ignoring spaces and case.'],
  ['code', 'Write a SQL query that returns the ten customers with the highest total order value in 2024.'],
  ['code', 'Write a regular expression that matches IPv4 addresses and explain each part.'],
  ['code', 'Write a bash script that renames all .jpeg files in a folder to .jpg.'],
  [
    'code',
    'Convert this function to TypeScript:\n```js\nfunction add(a, b) { return a + b; }\nmodule.exports = { add };\n```',
  ],
  ['code', 'Add error handling to this:\n```python\ndef load(path):\n    return json.load(open(path))\n```'],
  [
    'code',
    'Write unit tests with pytest for this:\n```python\ndef slugify(s):\n    return re.sub(r"[^a-z0-9]+", "-", s.lower()).strip("-")\n```',
  ],
  [
    'code',
    'Why do I get "TypeError: Cannot read properties of undefined (reading \'map\')" here?\n```jsx\nexport function List({ items }) {\n  return <ul>{items.map(i => <li key={i.id}>{i.name}</li>)}</ul>;\n}\n```',
  ],
  ['code', 'Write a React component with a search box that filters a list of products by name.'],
  ['code', 'Write a Dockerfile for a Node 20 app that listens on port 3000.'],
  ['code', 'Create a GitHub Actions workflow that runs npm test on every pull request.'],
  [
    'code',
    'Schreibe eine Python-Funktion, die eine CSV-Datei einliest und die Summe einer Spalte zurückgibt.',
  ],
  [
    'code',
    'Écris une fonction JavaScript qui trie un tableau d’objets par date et gère les dates manquantes.',
  ],
  ['code', 'What does this do?\n```c\nint f(int n) { return n && (1 + f(n & (n - 1))); }\n```'],
  ['code', 'Write CSS for a responsive grid with three columns that collapses to one on phones.'],
  ['code', 'Write a Go HTTP handler that accepts a JSON body with name and email and validates both.'],
  [
    'code',
    'Rewrite this loop as a list comprehension and say whether it is faster:\n```python\nout = []\nfor x in xs:\n    if x > 3:\n        out.append(x * 2)\n```',
  ],
  ['code', 'Write a Python script that downloads all images of a web page with requests and BeautifulSoup.'],
  ['code', 'How can I paginate a REST API in Express with Mongoose? Show the route and the query.'],
  ['code', 'Write a SQL migration that adds a nullable column "archived_at" to orders and an index on it.'],
  ['code', '用 Python 写一个函数，统计文本中每个单词出现的次数并按频率排序。'],
  ['maths', 'A train leaves at 9:40 and travels 210 km at 84 km/h. When does it arrive? Show the steps.'],
  ['maths', 'Solve for x: 3x^2 - 12x + 9 = 0, and show your work.'],
  ['maths', 'I invest 5,000 euros at 4% compounded yearly. How much do I have after 12 years?'],
  ['maths', 'A bag has 5 red and 7 blue balls. What is the probability of drawing two red ones in a row?'],
  ['maths', 'Find the derivative of f(x) = x^3 * sin(x) and explain which rule you use.'],
  ['maths', 'Two pipes fill a tank in 6 and 9 hours. How long do they need together?'],
  [
    'maths',
    'Ein Kredit über 20.000 € mit 3,5 % Zinsen läuft 5 Jahre. Wie hoch ist die Monatsrate? Zeige den Rechenweg.',
  ],
  ['maths', 'Calculate mean, median and standard deviation of 4, 8, 6, 5, 3, 7 and interpret them.'],
  ['maths', 'Explain how to compute the area under y = x^2 from 0 to 3.'],
  ['maths', '一个长方形的周长是36厘米，长比宽多4厘米，求面积，并写出步骤。'],
  [
    'summarise',
    'Summarise the main points of this meeting for people who were not there, with decisions and open tasks:\nMia: we ship the beta on the 14th if the login bug is fixed. Tom: I need two more days. Mia: fine, then the 16th. Jo: marketing wants screenshots by Friday. Tom: I can send three. Mia: pricing stays open until legal answers. Jo: I will ask them again on Monday.',
  ],
  [
    'summarise',
    'Read this and list the three most important arguments, then say which one is weakest: Remote work saves commuting time, lowers office cost, and widens the hiring pool. Critics say that it harms mentoring, that chance meetings vanish, and that home offices are not equal. Studies disagree, partly because they measure different kinds of work.',
  ],
  [
    'summarise',
    'Turn these notes into a status report with headings: API v2 in staging; 3 of 5 clients moved; client B blocked by SSO; latency down 18%; on-call had 2 pages, both disk; next week load test; risk: vendor contract ends in June.',
  ],
  [
    'summarise',
    'Compare these two offers and tell me which one suits a team of 12: Offer A: 9 dollars per seat a month, support by mail, yearly contract. Offer B: 149 dollars flat a month, up to 20 seats, chat support, monthly contract, no SSO.',
  ],
  [
    'summarise',
    'Fasse die folgenden Kundenstimmen nach Themen geordnet zusammen: „Lieferung schnell, Karton kaputt.“ „Support hat nach 4 Tagen geantwortet.“ „Qualität top, gern wieder.“ „App stürzt beim Bezahlen ab.“ „Preis ok, Versand teuer.“',
  ],
  [
    'extract',
    'Extract all line items with quantity, unit price and total as JSON, and check that they add up: 3 x cable 4.50, 1 x dock 89.00, 2 x mouse 19.90, shipping 6.90, total 149.20',
    { json: true },
  ],
  [
    'extract',
    'From this CV text extract education, jobs with dates, and skills as JSON: Lena Hof, BSc Informatics (TU Graz, 2016-2019), developer at Kite GmbH 2019-2022 (Java, Kafka), since 2022 tech lead at Ostrea (Kotlin, AWS, mentoring of 4).',
    { json: true },
  ],
  [
    'extract',
    'List every party, obligation and deadline in this clause as a table: The Supplier shall deliver the goods within 30 days of the order; the Customer shall pay within 14 days of delivery; in case of delay, the Supplier shall notify the Customer without undue delay and at the latest after 3 working days.',
  ],
  [
    'extract',
    'Group these error messages by likely cause and count them: ECONNRESET, ETIMEDOUT, 401 bad token, ECONNRESET, 401 expired token, ENOTFOUND api.local, ETIMEDOUT, 403 scope missing',
  ],
  [
    'data',
    'I have a pandas DataFrame with columns date, store, revenue. Show how to get the monthly revenue per store and the change against the previous month.',
  ],
  [
    'data',
    'Write an Excel formula that looks up a price by product and region in another sheet, and returns "n/a" when missing.',
  ],
  ['data', 'Which chart would you use to show the share of traffic by channel over twelve months, and why?'],
  ['data', 'Suggest a schema for a small library: books, copies, members, loans. Give the SQL.'],
  [
    'data',
    'Clean up this CSV header and propose types for each column: Cust Nr;Name ;E-Mail;Umsatz (EUR);letzter Kauf',
  ],
  [
    'translate',
    'Translate this paragraph into formal German and keep the legal meaning: "Either party may terminate this agreement with thirty days\' written notice. Obligations that by their nature survive termination shall remain in force."',
  ],
  [
    'translate',
    'Localise this app text for Mexico, informal tone, and keep placeholders as they are: "Hey {name}, your cart misses you! Finish your order within {hours} hours and get free delivery. Questions? Our team is around until 8 pm."',
  ],
  [
    'translate',
    'Traduis ce texte marketing en anglais américain en gardant le ton humoristique : « Nos chaussettes ne sauveront pas le monde, mais au moins vos pieds auront chaud. Promis, elles survivent à la machine, aux enfants et même au chien. »',
  ],
  [
    'rewrite',
    'Rewrite this text for a general audience, avoid jargon, and keep it under 100 words: "Our solution leverages a distributed, event-driven architecture to facilitate near-real-time synchronisation of heterogeneous data sources, thereby reducing operational overhead and accelerating insight generation for stakeholders across the enterprise."',
  ],
  [
    'rewrite',
    'Improve the structure and tone of this feedback, so that it is direct and kind: "You were late with the report again and it had mistakes and honestly the client noticed, also in meetings you do not say much, but the slides last month were really good."',
  ],
  [
    'advice',
    'I have two job offers: one pays 15% more, the other is fully remote. I have a small child and a mortgage. How should I compare them?',
  ],
  ['advice', 'My tomato plants have yellow leaves with brown spots. What could it be and what should I do?'],
  ['advice', 'How do I prepare for a behavioural interview at a large company? Give me a plan for one week.'],
  ['advice', 'What should I check before buying a used car with 90,000 km? Give me a checklist.'],
  [
    'advice',
    'Our team of six misses deadlines because of interruptions. Suggest three changes and how to measure whether they work.',
  ],
  [
    'advice',
    'Ich möchte in sechs Monaten einen Halbmarathon laufen. Erstelle mir einen Trainingsplan für drei Einheiten pro Woche.',
  ],
  ['advice', 'Suggest an approach to learn conversational Italian in three months with 30 minutes a day.'],
  [
    'chat',
    'And what would change if I only had a week instead of a month?',
    {
      earlier: [
        'Give me a study plan for the driving test.',
        'Here is a plan for four weeks: week 1 signs, week 2 rules, week 3 practice tests, week 4 weak spots.',
      ],
    },
  ],
  [
    'chat',
    'Can you make the second option cheaper and add a vegetarian alternative?',
    {
      earlier: [
        'Suggest three menus for a dinner of six guests.',
        'Option 1: risotto and salad. Option 2: roast lamb with rosemary potatoes. Option 3: fish curry with rice.',
      ],
    },
  ],
  [
    'chat',
    'That works, but now the button overlaps the text on small screens. How do I fix it?',
    {
      earlier: [
        'Center a button over an image in CSS.',
        'Use a container with position: relative and the button with position: absolute; top: 50%; left: 50%; transform: translate(-50%, -50%).',
      ],
    },
  ],
  [
    'agent',
    'Find a table for four on Friday evening near the station, vegetarian options, and put it into my calendar.',
    { tools: 4 },
  ],
  ['agent', 'Look up the last three invoices of customer 4411 and send her a summary by mail.', { tools: 5 }],
  [
    'agent',
    'Search the docs for how to rotate API keys and answer with the steps and the source.',
    { tools: 3, system: 'You answer questions about our product from the documentation. Cite the page.' },
  ],
  [
    'agent',
    'Compare the prices of flights from Vienna to Lisbon in the first week of May and recommend one.',
    { tools: 3 },
  ],
  [
    'agent',
    'Create a ticket for the broken login on staging, assign it to the web team and link the two latest error logs.',
    { tools: 6 },
  ],
  [
    'agent',
    'The customer says the refund never came. Check the order, the payment and tell me what to answer.',
    {
      tools: 5,
      system:
        'You are a support agent. Use the tools before you answer. Never promise a refund without a payment record.',
    },
  ],
  [
    'agent',
    'Read config.yaml and change the log level to debug in all environments.',
    { tools: 4, system: 'You are a coding assistant with access to the file system.' },
  ],
  [
    'reasoning',
    'Anna is older than Ben, Ben is older than Cem, and Dana is younger than Cem. Who is second oldest? Explain.',
  ],
  [
    'reasoning',
    'I have a fox, a goose and a bag of grain and a boat for two. How do I get all across? List the moves.',
  ],
]);
