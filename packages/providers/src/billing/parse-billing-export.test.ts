import { describe, expect, it } from 'vitest';
import { parseBillingExport } from './parse-billing-export.ts';

/** 2026-10-31T00:00:00Z */
const DAY_S = Date.UTC(2026, 9, 31) / 1000;

const openAiPage = (results: unknown[], more: object = {}) => ({
  object: 'page',
  data: [{ object: 'bucket', start_time: DAY_S, end_time: DAY_S + 86_400, results }],
  has_more: false,
  next_page: null,
  ...more,
});
const anthropicPage = (results: unknown[]) => ({
  data: [{ starting_at: '2026-10-31T00:00:00Z', ending_at: '2026-11-01T00:00:00Z', results }],
  has_more: false,
  next_page: null,
});

const usage = {
  object: 'organization.usage.completions.result',
  input_tokens: 1_000,
  input_cached_tokens: 800,
  output_tokens: 500,
  num_model_requests: 5,
  model: 'gpt-4o-2024-08-06',
};
const USAGE_CSV =
  'start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,' +
  'service_tier,input_tokens,output_tokens,input_cached_tokens,input_audio_tokens,output_audio_tokens';

describe('an export', () => {
  it.each([
    ['openai_usage_json', JSON.stringify(openAiPage([usage]))],
    ['openai_usage_json', JSON.stringify([openAiPage([usage], { has_more: true }), openAiPage([])])],
    [
      'openai_usage_csv',
      // With a mark of the byte order, an empty day and counts as spreadsheets write them.
      `\ufeff${USAGE_CSV}\r\n${DAY_S},${DAY_S},a,b,proj,5.0,user,key,gpt-4o-2024-08-06,FALSE,default,1000.0,500.0,800.0,0.0,0.0\r\n` +
        `${DAY_S},${DAY_S},a,b,,,,,,,,,,,,\r\n`,
    ],
  ])('%s is read into disjoint buckets', (format, text) => {
    expect(parseBillingExport(text)).toEqual({
      provider: 'openai',
      format,
      lines: [
        {
          day: '2026-10-31',
          model: 'gpt-4o-2024-08-06',
          requests: 5,
          usd_nanos: null,
          tokens: {
            input_tokens: 200,
            cache_read_tokens: 800,
            cache_write_tokens: 0,
            output_tokens: 500,
            input_audio_tokens: 0,
            output_audio_tokens: 0,
          },
        },
      ],
    });
  });

  it.each([
    ['openai_costs_json', openAiPage([{ amount: { value: 0.1, currency: 'usd' }, line_item: null }]), null],
    [
      'openai_costs_json',
      openAiPage([{ amount: { value: 0.1, currency: 'usd' }, line_item: 'gpt-4o-2024-08-06, cached input' }]),
      'gpt-4o-2024-08-06',
    ],
    [
      'openai_costs_csv',
      `start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id\n${DAY_S},0,a,b,0.1000000000000000,usd,,\n${DAY_S},0,a,b,,,,\n`,
      null,
    ],
    [
      'anthropic_costs_json',
      anthropicPage([{ amount: '10.0', currency: 'USD', model: 'claude-sonnet-4-5', cost_type: 'tokens' }]),
      'claude-sonnet-4-5',
    ],
    [
      'anthropic_costs_csv',
      'usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd\n2026-10-31,Claude Haiku 4.5,"a, b",k,message,≤ 200k,output,0.10\n',
      'Claude Haiku 4.5',
    ],
  ])('%s: money is exact', (format, body, model) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    expect(parseBillingExport(text)).toMatchObject({
      format,
      lines: [{ day: '2026-10-31', model, usd_nanos: 100_000_000, tokens: null }],
    });
  });

  it.each([
    [
      'anthropic_usage_json',
      JSON.stringify(
        anthropicPage([
          {
            uncached_input_tokens: 1_500,
            cache_creation: { ephemeral_1h_input_tokens: 1_000, ephemeral_5m_input_tokens: 500 },
            cache_read_input_tokens: 200,
            output_tokens: 500,
            model: 'claude-sonnet-4-20250514',
          },
        ]),
      ),
    ],
    [
      'anthropic_usage_csv',
      'usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count,inference_geo,speed\n' +
        '2026-10-31,claude-sonnet-4-20250514,k,Default,standard,≤ 200k,1500,500,1000,200,500,0,global,\n',
    ],
  ])('%s: cache writes of both lifetimes are one bucket', (format, text) => {
    const read = parseBillingExport(text);
    expect(read).toMatchObject({ provider: 'anthropic', format });
    expect(read.lines).toMatchObject([
      {
        model: 'claude-sonnet-4-20250514',
        tokens: {
          input_tokens: 1_500,
          cache_write_tokens: 1_500,
          cache_read_tokens: 200,
          output_tokens: 500,
        },
      },
    ]);
  });

  it.each([
    [
      'a count that is none',
      `${USAGE_CSV}\n${DAY_S},0,a,b,p,1,u,k,m,F,d,many,0,0,0,0\n`,
      /Line 2, input_tokens/,
    ],
    [
      'a negative count',
      JSON.stringify(openAiPage([{ ...usage, output_tokens: -1 }])),
      /results\[0\], output_tokens/,
    ],
    ['a row with a field too few', `${USAGE_CSV}\n${DAY_S},0,a\n`, /Line 2/],
    ['no day', 'usage_date_utc,cost_usd,model\nsoon,1,m\n', /Line 2, usage_date_utc/],
    ['no money', 'usage_date_utc,cost_usd,model\n2026-10-31,free,m\n', /Line 2, cost_usd/],
    [
      'another currency',
      JSON.stringify(openAiPage([{ amount: { value: 1, currency: 'eur' } }])),
      /currency: amounts in eur/,
    ],
    ['pages left behind', JSON.stringify(openAiPage([usage], { has_more: true })), /has_more/],
    [
      'rows of two kinds',
      JSON.stringify(openAiPage([usage, { amount: { value: 1 } }])),
      /results\[1\], num_model/,
    ],
    ['JSON that was cut off', '{"data": [', /not valid JSON/],
    ['another table', 'a,b\n1,2\n', /none of the known exports/],
    ['nothing', JSON.stringify(openAiPage([])), /no usage in it/],
    ['no list', '{"data": 1}', /Page 1, data/],
  ])('with %s is refused, and the place is named', (_, text, says) => {
    expect(() => parseBillingExport(text)).toThrow(says);
  });
});
