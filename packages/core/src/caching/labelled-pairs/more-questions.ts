import type { Question } from './question.ts';

export const MORE_QUESTIONS: readonly Question[] = [
  {
    asked: 'Does the museum allow photography?',
    same: ['Is photography allowed in the museum?', 'Does the museum permit photography?'],
    other: [
      'Does the museum allow food?',
      'Does the museum forbid photography?',
      'Does the museum allow flash photography?',
    ],
  },
  {
    asked: 'How many calories are in an apple?',
    same: [
      'How many calories does an apple have?',
      'Calories in an apple?',
      'What number of calories is in an apple?',
    ],
    other: [
      'How many calories are in a banana?',
      'How many carbs are in an apple?',
      'How many calories are in two apples?',
    ],
  },
  {
    asked: 'What is photosynthesis?',
    same: ['Explain photosynthesis', 'Define photosynthesis', 'Can you explain what photosynthesis is?'],
    other: ['What is chemosynthesis?', 'What is respiration?', 'Where does photosynthesis happen?'],
  },
  {
    asked: 'How do I merge two branches in Git?',
    same: [
      'How can I merge two branches in Git?',
      'How to merge 2 branches in git',
      'Merging two Git branches: how?',
    ],
    other: [
      'How do I delete two branches in Git?',
      'How do I rebase two branches in Git?',
      'How do I merge three branches in Git?',
    ],
  },
  {
    asked: 'Who won the World Cup in 2018?',
    same: ['Which team won the 2018 World Cup?', 'Who was the winner of the World Cup in 2018?'],
    other: [
      'Who won the World Cup in 2022?',
      'Who lost the World Cup final in 2018?',
      'Who hosted the World Cup in 2018?',
    ],
  },
  {
    asked: 'Is my data encrypted at rest?',
    same: ['Is the data I store encrypted at rest?', 'Are my data encrypted at rest?'],
    other: [
      'Is my data encrypted in transit?',
      'Is my data backed up at rest?',
      'Is my data not encrypted at rest?',
    ],
  },
  {
    asked: 'What is the weather like in Berlin in May?',
    same: ['How is the weather in Berlin in May?', "What's the May weather like in Berlin?"],
    other: [
      'What is the weather like in Berlin in June?',
      'What is the weather like in Munich in May?',
      'What is the weather like in Berlin in winter?',
    ],
  },
  {
    asked: 'How do I increase the font size?',
    same: ['How can I increase the font size?', 'How do I make the font size larger?'],
    other: [
      'How do I decrease the font size?',
      'How do I increase the window size?',
      'How do I increase the font weight?',
    ],
  },
  {
    asked: 'What does HTTP 404 mean?',
    same: ['What is the meaning of HTTP 404?', 'Meaning of HTTP 404?', "What's HTTP 404?"],
    other: ['What does HTTP 403 mean?', 'What does HTTP 500 mean?', 'What does HTTP mean?'],
  },
  {
    asked: 'Recommend a good Italian restaurant in Boston',
    same: [
      'Can you recommend a good Italian restaurant in Boston?',
      'Which Italian restaurant in Boston is good?',
    ],
    other: [
      'Recommend a good Italian restaurant in Chicago',
      'Recommend a good Thai restaurant in Boston',
      'Recommend a cheap Italian restaurant in Boston',
    ],
  },
  {
    asked: 'How long does shipping take?',
    same: ['How long will shipping take?', 'What is the shipping time?', 'How much time does shipping take?'],
    other: [
      'How much does shipping cost?',
      'How long does express shipping take?',
      'How long does a refund take?',
    ],
  },
  {
    asked: 'Can dogs eat chocolate?',
    same: ['Is it okay for dogs to eat chocolate?', 'May dogs eat chocolate?', 'Can a dog eat chocolate?'],
    other: ['Can cats eat chocolate?', 'Can dogs eat cheese?', 'Can dogs smell chocolate?'],
  },
  {
    asked: 'What is the plural of mouse?',
    same: ['What\'s the plural of "mouse"?', 'Plural of mouse', 'How do you form the plural of mouse?'],
    other: [
      'What is the plural of goose?',
      'What is the gender of mouse?',
      'What is the plural of computer mouse in German?',
    ],
  },
  {
    asked: 'Describe the water cycle',
    same: ['Explain the water cycle', 'Please describe the water cycle', 'Can you describe the water cycle?'],
    other: [
      'Describe the carbon cycle',
      'Describe the water cycle in one sentence',
      'Describe the rock cycle',
    ],
  },
  {
    asked: 'How do I export data to CSV?',
    same: ['How can I export data to CSV?', 'How do I export my data as CSV?'],
    other: [
      'How do I import data from CSV?',
      'How do I export data to JSON?',
      'How do I export contacts to CSV?',
    ],
  },
  {
    asked: 'What is a good name for a cat?',
    same: ['What would be a good cat name?', 'Suggest a good name for a cat', 'Good names for a cat?'],
    other: [
      'What is a good name for a dog?',
      'What is a bad name for a cat?',
      'What is a good home for a cat?',
    ],
  },
  {
    asked: 'How do I tie a tie?',
    same: ['How can I tie a tie?', 'How to tie a tie', 'What is the way to tie a tie?'],
    other: ['How do I untie a tie?', 'How do I tie a bow tie?', 'How do I iron a tie?'],
  },
  {
    asked: 'What is the GDP of Italy?',
    same: ["What's Italy's GDP?", "Tell me Italy's GDP", 'How large is the GDP of Italy?'],
    other: [
      'What is the GDP of Spain?',
      'What is the GDP per capita of Italy?',
      'What was the GDP of Italy in 2010?',
    ],
  },
  {
    asked: 'How do I unsubscribe from the newsletter?',
    same: ['How can I unsubscribe from the newsletter?', 'I want to unsubscribe from your newsletter'],
    other: [
      'How do I subscribe to the newsletter?',
      'How do I unsubscribe from the podcast?',
      'How do I forward the newsletter?',
    ],
  },
  {
    asked: 'Why is the sky blue?',
    same: ['What makes the sky blue?', 'Why does the sky look blue?', "What's the reason the sky is blue?"],
    other: [
      'Why is the sea blue?',
      'Why is the sky red?',
      'Why is the sky not green?',
      'Why is the sky dark at night?',
    ],
  },
  {
    asked: 'What is the minimum password length?',
    same: ["What's the minimum length of a password?", 'How short may a password be at least?'],
    other: [
      'What is the maximum password length?',
      'What is the minimum username length?',
      'What is the average password length?',
    ],
  },
  {
    asked: 'Book a table for 4 at 7 pm on Friday',
    same: ['Please book a table for four at 7 pm on Friday', 'Book a table on Friday at 7 pm for 4'],
    other: [
      'Book a table for 2 at 7 pm on Friday',
      'Book a table for 4 at 8 pm on Friday',
      'Book a table for 4 at 7 pm on Saturday',
      'Cancel a table for 4 at 7 pm on Friday',
    ],
  },
  {
    asked: 'How do I refund an order?',
    same: ['How can I refund an order?', 'How is an order refunded?', 'What do I do to refund an order?'],
    other: ['How do I place an order?', 'How do I track an order?', 'How do I refund order 1234?'],
  },
  {
    asked: 'Does insurance cover water damage?',
    same: ['Is water damage covered by insurance?', 'Does my insurance cover water damage?'],
    other: [
      'Does insurance cover fire damage?',
      'Does insurance exclude water damage?',
      'Does insurance not cover water damage?',
    ],
  },
  {
    asked: 'What happened on 9 November 1989?',
    same: ['What happened on November 9, 1989?', 'What took place on 9 November 1989?'],
    other: [
      'What happened on 9 November 1938?',
      'What happened on 9 October 1989?',
      'What happened on 11 September 2001?',
    ],
  },
  {
    asked: 'Is Pluto a planet?',
    same: ['Is Pluto considered a planet?', 'Does Pluto count as a planet?', 'Pluto: planet?'],
    other: [
      'Is Mars a planet?',
      'Is Pluto a star?',
      "Isn't Pluto a planet?",
      'Is Pluto larger than Mercury?',
    ],
  },
  {
    asked: 'Is Python faster than Java?',
    same: ['Is Python quicker than Java?', 'Does Python run faster than Java?'],
    other: ['Is Java faster than Python?', 'Is Python slower than Java?', 'Is Python faster than Ruby?'],
  },
  {
    asked: 'How do I turn the alarm on?',
    same: ['How can I turn the alarm on?', 'How do I turn on the alarm?', 'How do I switch the alarm on?'],
    other: [
      'How do I turn the alarm off?',
      'How do I turn the heating on?',
      'How do I turn the alarm on at 6?',
    ],
  },
  {
    asked: 'What side effects does ibuprofen have?',
    same: [
      'What are the side effects of ibuprofen?',
      'Which side effects does ibuprofen have?',
      'Side effects of ibuprofen',
    ],
    other: [
      'What side effects does paracetamol have?',
      'What interactions does ibuprofen have?',
      'What side effects does ibuprofen not have?',
    ],
  },
  {
    asked: 'Who painted the Mona Lisa?',
    same: [
      'Who is the painter of the Mona Lisa?',
      'Who was the Mona Lisa painted by?',
      'The Mona Lisa was painted by whom?',
    ],
    other: ['Who painted The Starry Night?', 'Who stole the Mona Lisa?', 'When was the Mona Lisa painted?'],
  },
  {
    asked: 'How do I divide 20 by 4?',
    same: ['How do you divide 20 by 4?', 'How can I divide 20 by 4?'],
    other: ['How do I divide 4 by 20?', 'How do I multiply 20 by 4?', 'How do I divide 20 by 5?'],
  },
  {
    asked: 'Explain recursion to a child',
    same: [
      'Explain recursion to a kid',
      'Please explain recursion to a child',
      'How would you explain recursion to a child?',
    ],
    other: ['Explain iteration to a child', 'Explain recursion to an expert', 'Explain religion to a child'],
  },
  {
    asked: 'How do I make bread without yeast?',
    same: ['How can I make bread without yeast?', 'How do I bake bread without yeast?'],
    other: [
      'How do I make bread with yeast?',
      'How do I make cake without yeast?',
      'How do I make bread without salt?',
    ],
  },
  {
    asked: 'What is the highest mountain in Africa?',
    same: [
      'Which mountain is the highest in Africa?',
      "What's Africa's highest mountain?",
      'Tell me the highest mountain in Africa',
    ],
    other: [
      'What is the highest mountain in Asia?',
      'What is the highest building in Africa?',
      'What is the longest river in Africa?',
    ],
  },
  {
    asked: 'Can I park here overnight?',
    same: ['Is overnight parking allowed here?', 'Am I allowed to park here overnight?'],
    other: ['Can I camp here overnight?', 'Can I park here for 2 hours?', "Can't I park here overnight?"],
  },
];
