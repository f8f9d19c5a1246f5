import type { Question } from './question.ts';

export const QUESTIONS: readonly Question[] = [
  {
    asked: 'What is the capital of France?',
    same: [
      "What's France's capital city?",
      'Tell me the capital of France',
      'capital of France?',
      'Which city is the capital of France?',
    ],
    other: [
      'What is the capital of Germany?',
      'what is the capital of germany',
      "What is the capital of France's largest region?",
      'What was the capital of France in 1942?',
    ],
  },
  {
    asked: 'How do I reset my password?',
    same: [
      'How can I reset my password?',
      'I need to reset my password, how?',
      'how do i reset my password',
      'Please tell me how I reset my password',
    ],
    other: [
      'How do I delete my password?',
      'How do I reset my router?',
      'How do I reset my username?',
      'How do I not reset my password?',
    ],
  },
  {
    asked: 'What is 2 + 2?',
    same: ["what's 2 + 2", '2 + 2 = ?'],
    other: ['What is 2 + 3?', 'What is 2 - 2?', 'What is 2 * 2?', 'What is 12 + 2?'],
  },
  {
    asked: 'Is it safe to eat raw eggs?',
    same: ['Is eating raw eggs safe?', 'Are raw eggs safe to eat?'],
    other: [
      'Is it not safe to eat raw eggs?',
      'Is it unsafe to eat raw eggs?',
      'Is it safe to eat raw chicken?',
      'Is it safe to eat boiled eggs?',
    ],
  },
  {
    asked: 'How do I cook rice?',
    same: ['How should I cook rice?', 'How to cook rice', 'How can I cook rice?'],
    other: [
      'How do I cook pasta?',
      'How do I cook brown rice in 10 minutes?',
      'How do I store rice?',
      'How do I cook rice without water?',
    ],
  },
  {
    asked: 'Who wrote Hamlet?',
    same: ['Who is the author of Hamlet?', 'Who was it that wrote Hamlet?'],
    other: ['Who wrote Macbeth?', 'Who translated Hamlet?', 'Who wrote Harry Potter?'],
  },
  {
    asked: 'What is the population of Japan?',
    same: ['How many people live in Japan?', "What's Japan's population?", 'population of Japan'],
    other: [
      'What is the population of Tokyo?',
      'What is the population of China?',
      'What was the population of Japan in 1990?',
      'What is the area of Japan?',
    ],
  },
  {
    asked: 'Convert 10 kilometers to miles',
    same: ['How many miles are 10 kilometers?', 'Please convert 10 kilometers to miles'],
    other: [
      'Convert 10 miles to kilometers',
      'Convert 100 kilometers to miles',
      'Convert 10 kilometers to meters',
      'Convert 10.5 kilometers to miles',
    ],
  },
  {
    asked: 'How do I install Node.js on Ubuntu?',
    same: ['How can I install Node.js on Ubuntu?', 'Install Node.js on Ubuntu - how?'],
    other: [
      'How do I install Node.js on Windows?',
      'How do I uninstall Node.js on Ubuntu?',
      'How do I install Python on Ubuntu?',
      'How do I install Node.js 18 on Ubuntu?',
    ],
  },
  {
    asked: 'What are the benefits of exercise?',
    same: [
      'What are the advantages of exercise?',
      'Tell me about the benefits of exercise',
      'What benefits does exercise have?',
    ],
    other: [
      'What are the risks of exercise?',
      'What are the drawbacks of exercise?',
      'What are the benefits of sleep?',
      'What are not benefits of exercise?',
    ],
  },
  {
    asked: 'When did World War II end?',
    same: ['When did World War II finish?', 'What year did World War II end?'],
    other: [
      'When did World War I end?',
      'When did World War II start?',
      'When did World War II begin?',
      'When did the Cold War end?',
    ],
  },
  {
    asked: 'Write a poem about the sea',
    same: [
      'Compose a poem about the sea',
      'Please write a poem about the sea',
      'Can you write me a poem about the sea?',
    ],
    other: [
      'Write a poem about the moon',
      'Write a story about the sea',
      'Write 2 poems about the sea',
      'Write a poem about the sea in German',
    ],
  },
  {
    asked: 'How do I enable dark mode?',
    same: ['How can I enable dark mode?', 'What should I do to enable dark mode?'],
    other: ['How do I disable dark mode?', 'How do I enable light mode?', 'How do I enable airplane mode?'],
  },
  {
    asked: 'Translate "good morning" into Spanish',
    same: ['How do you say "good morning" in Spanish?', 'Translate good morning to Spanish'],
    other: [
      'Translate "good night" into Spanish',
      'Translate "good morning" into French',
      'Translate "good evening" into Spanish',
    ],
  },
  {
    asked: 'What is the boiling point of water?',
    same: [
      'At what temperature does water boil?',
      "What's the boiling point of water",
      'Boiling point of water?',
    ],
    other: [
      'What is the freezing point of water?',
      'What is the boiling point of alcohol?',
      'What is the boiling point of water at 2000 meters?',
    ],
  },
  {
    asked: 'How do I sort a list in Python?',
    same: ['How can I sort a list in Python?', 'How to sort a Python list', 'sort a list in Python'],
    other: [
      'How do I sort a list in Java?',
      'How do I sort a dictionary in Python?',
      'How do I reverse a list in Python?',
      'How do I sort a list in descending order in Python?',
    ],
  },
  {
    asked: 'What time does the store open on Monday?',
    same: ['When does the store open on Monday?', 'On Monday, what time does the store open?'],
    other: [
      'What time does the store open on Sunday?',
      'What time does the store close on Monday?',
      'What time does the bank open on Monday?',
    ],
  },
  {
    asked: 'How much does the Pro plan cost?',
    same: ['What is the price of the Pro plan?', 'How much is the Pro plan?', 'What does the Pro plan cost?'],
    other: [
      'How much does the Team plan cost?',
      'How much does the Pro plan cost per year?',
      'How much did the Pro plan cost in 2020?',
    ],
  },
  {
    asked: 'Can I cancel my subscription?',
    same: [
      'Is it possible to cancel my subscription?',
      'Can my subscription be cancelled?',
      'May I cancel my subscription?',
    ],
    other: [
      'Can I renew my subscription?',
      'Can I pause my subscription?',
      'Can I cancel my flight?',
      "Can't I cancel my subscription?",
    ],
  },
  {
    asked: 'What is the speed of light?',
    same: ['How fast is light?', "What's the speed of light", 'Tell me the speed of light'],
    other: [
      'What is the speed of sound?',
      'What is the speed of light in water?',
      'What is the color of light?',
    ],
  },
  {
    asked: 'Who is the CEO of Apple?',
    same: ["Who's Apple's CEO?", 'Name the CEO of Apple', "Who is Apple's CEO?"],
    other: ['Who is the CEO of Microsoft?', 'Who is the CFO of Apple?', 'Who was the CEO of Apple in 1997?'],
  },
  {
    asked: 'Summarize the plot of Inception',
    same: [
      'Give me a summary of the plot of Inception',
      'Please summarize the plot of Inception',
      "Summarise Inception's plot",
    ],
    other: [
      'Summarize the plot of Interstellar',
      'Summarize the reviews of Inception',
      'Summarize the plot of Inception in 3 sentences',
    ],
  },
  {
    asked: 'What is the square root of 144?',
    same: ['Square root of 144?', 'Calculate the square root of 144', "What's the square root of 144"],
    other: ['What is the square root of 169?', 'What is the cube root of 144?', 'What is the square of 144?'],
  },
  {
    asked: 'How do I add a user to the group?',
    same: ['How can I add a user to a group?', 'How is a user added to the group?'],
    other: [
      'How do I remove a user from the group?',
      'How do I add a group to the user?',
      'How do I add an admin to the group?',
    ],
  },
  {
    asked: 'What is the difference between TCP and UDP?',
    same: [
      "What's the difference between TCP and UDP",
      'Explain the difference between TCP and UDP',
      'What is the distinction between TCP and UDP?',
    ],
    other: [
      'What is the difference between TCP and IP?',
      'What is the difference between HTTP and HTTPS?',
      'What is common between TCP and UDP?',
    ],
  },
  {
    asked: 'How do I get from London to Paris?',
    same: ['What is the way from London to Paris?', 'How can I get from London to Paris?'],
    other: [
      'How do I get from Paris to London?',
      'How do I get from London to Rome?',
      'How do I get from London to Paris without flying?',
    ],
  },
  {
    asked: 'Is coffee good for you?',
    same: ['Is coffee good for your health?', 'Is drinking coffee good for you?'],
    other: [
      'Is coffee bad for you?',
      'Is tea good for you?',
      'Is coffee not good for you?',
      'Is decaf coffee good for you?',
    ],
  },
  {
    asked: 'What causes rain?',
    same: ['Why does it rain?', 'What is the cause of rain?', 'What makes it rain?'],
    other: ['What causes snow?', 'What causes acid rain?', 'What prevents rain?'],
  },
  {
    asked: 'How old is the universe?',
    same: ['What is the age of the universe?', "How old's the universe?", 'Tell me how old the universe is'],
    other: ['How old is the Earth?', 'How big is the universe?', 'How old is the sun?'],
  },
  {
    asked: 'Give me 5 tips for public speaking',
    same: [
      'Give me five tips for public speaking',
      'What are 5 tips for public speaking?',
      '5 hints for public speaking, please',
    ],
    other: [
      'Give me 3 tips for public speaking',
      'Give me 5 tips for public transport',
      'Give me 50 tips for public speaking',
    ],
  },
  {
    asked: 'Which planet is the largest?',
    same: ['What is the largest planet?', "What's the biggest planet?"],
    other: [
      'Which planet is the smallest?',
      'Which moon is the largest?',
      'Which planet is the second largest?',
      'Which planet is the hottest?',
    ],
  },
  {
    asked: 'How do I change my email address?',
    same: [
      'How can I change my email address?',
      'How do I modify my email address?',
      'I want to change my email address',
    ],
    other: [
      'How do I change my postal address?',
      'How do I change my phone number?',
      'How do I verify my email address?',
    ],
  },
  {
    asked: 'What is the tax rate for 2024?',
    same: ["What's the 2024 tax rate?", 'Tell me the tax rate for 2024'],
    other: [
      'What is the tax rate for 2023?',
      'What is the interest rate for 2024?',
      'What is the tax rate for 2024 in Texas?',
    ],
  },
  {
    asked: 'Remind me to call Anna tomorrow',
    same: ['Please remind me to call Anna tomorrow', 'Remind me tomorrow to call Anna'],
    other: [
      'Remind me to call Bob tomorrow',
      'Remind me to call Anna today',
      'Remind me to email Anna tomorrow',
      'Remind me not to call Anna tomorrow',
    ],
  },
];
