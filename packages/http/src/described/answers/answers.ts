import type * as z from 'zod';
import { doctorReport } from '../../admin/doctor-routes.ts';
import { BILLING_ANSWERS } from './billing-answers.ts';
import { BUDGET_ANSWERS } from './budget-answers.ts';
import { HEALTH_ANSWERS } from './health-answers.ts';
import { KEY_ANSWERS } from './key-answers.ts';
import { MODEL_ANSWERS } from './model-answers.ts';
import { ORGANIZATION_ANSWERS } from './organization-answers.ts';
import { PEOPLE_ANSWERS } from './people-answers.ts';
import { RECEIPT_ANSWERS } from './receipt-answers.ts';
import { RECOMMENDATION_ANSWERS } from './recommendation-answers.ts';
import { RECORD_ANSWERS } from './record-answers.ts';
import { ROUTING_ANSWERS } from './routing-answers.ts';
import { SETUP_ANSWERS } from './setup-answers.ts';
import { TRACE_ANSWERS } from './trace-answers.ts';
import { USAGE_ANSWERS } from './usage-answers.ts';

/**
 * What each operation answers when it succeeds, in JSON. Apart from the route table, which every administrative request
 * loads: these are needed by whoever reads the description, and by tests.
 */
export const ANSWERS: Readonly<Record<string, z.ZodType>> = {
  ...KEY_ANSWERS,
  ...ORGANIZATION_ANSWERS,
  ...BUDGET_ANSWERS,
  ...PEOPLE_ANSWERS,
  ...TRACE_ANSWERS,
  ...RECEIPT_ANSWERS,
  ...USAGE_ANSWERS,
  ...HEALTH_ANSWERS,
  ...SETUP_ANSWERS,
  ...ROUTING_ANSWERS,
  ...MODEL_ANSWERS,
  ...BILLING_ANSWERS,
  ...RECORD_ANSWERS,
  ...RECOMMENDATION_ANSWERS,
  getDoctor: doctorReport,
};
