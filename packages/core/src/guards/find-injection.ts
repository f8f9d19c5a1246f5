import { normalText } from './normal-text.ts';
import type { RequestText } from './request-texts.ts';

const OF_YOURS =
  '(?:all |any |the |your |of |these |those |my |previous |prior |earlier |above |preceding |initial |original |former |system |safety |content |current |existing |given |programmed |built-in |hidden |secret |developer )';
const ORDERS =
  '(?:instructions?|prompts?|rules?|guidelines?|directions?|commands?|directives?|restrictions?|polic(?:y|ies)|filters?|safeguards?|constraints?|programming|training|context)';

/** Phrases that talk to the model about its own instructions. A word alone (`ignore`, `system`) is none. */
const RULES: readonly (readonly [string, RegExp])[] = [
  [
    'ignore_instructions',
    new RegExp(
      `\\b(?:ignore|disregard|forget|override|bypass|skip|discard|neglect|abandon|drop|violate|stop following|do not follow|don't follow|pay no attention to)\\s${OF_YOURS}{1,5}${ORDERS}\\b`,
      'i',
    ),
  ],
  [
    'ignore_before',
    /\b(?:ignore|disregard|forget)\s(?:everything|anything|all|whatever)(?:\s(?:that|which|you))?(?:\s\w+){0,4}\s(?:above|before|earlier|previously|so far|were told|been told)\b/i,
  ],
  [
    'ignore_other_languages',
    /\b(?:ignorier(?:e|en sie)|vergiss|missachte)\s(?:alle |die |deine |bisherigen |vorherigen |obigen ){1,4}(?:anweisungen|instruktionen|regeln|vorgaben)|\b(?:ignore[zr]?|oublie[zr]?)\s(?:toutes? |les |tes |vos |ces ){1,3}(?:instructions?|consignes|règles|directives)|\b(?:ignora|olvida|omite)\s(?:todas? |las |tus |mis ){1,3}(?:\w+\s)?(?:instrucciones|reglas|indicaciones)/i,
  ],
  [
    'reveal_prompt',
    /\b(?:reveal|show|print|output|repeat|display|tell me|give me|leak|dump|recite|disclose|expose|write out|what (?:is|are|was|were))\s(?:me |us |out |all |of |the |full |exact |entire |complete |verbatim |contents? |text |word for word ){0,5}(?:your|the hidden|the secret)\s(?:full |exact |entire |complete |original |initial |hidden |secret |internal |own ){0,3}(?:(?:system|developer|hidden|initial|secret)\s)?(?:prompt|instructions|system message|rules|guidelines|configuration)\b/i,
  ],
  [
    'repeat_above',
    /\b(?:repeat|print|output|copy|translate|summari[sz]e|encode)\s(?:back |out |all |of |everything |the |words |text |content ){1,5}above\b(?=.{0,60}(?:verbatim|starting with|you are|system|prompt|code block|from the (?:start|beginning)))/is,
  ],
  [
    'no_rules_persona',
    /\b(?:you are|you're|act as|become|pretend (?:to be|you are|that you are)|play the role of|simulate|roleplay as|behave as)\b.{0,80}\b(?:dan\b|do anything now|jailbroken|unrestricted|unfiltered|uncensored|without (?:any )?(?:restrictions|rules|filters|limits|limitations|guidelines|censorship|ethic)|no (?:restrictions|rules|filters|limits|limitations|guidelines|ethic)|not bound by|free (?:of|from) (?:all |any )?(?:restrictions|rules|filters))/is,
  ],
  [
    'mode_switch',
    /\b(?:enable|enter|activate|switch to|turn on|engage|you are (?:now )?in|start)\s(?:the |your )?(?:developer|debug|god|dan|jailbreak|admin(?:istrator)?|root|sudo|maintenance|unrestricted|unfiltered|evil|opposite)[ -]mode\b/i,
  ],
  [
    'new_orders',
    /\b(?:your|these are your|here are your)\s(?:new|real|true|actual|updated)\s(?:instructions?|orders|task|goal|objective|directives?|system prompt)\s?(?:is|are|:|now)/i,
  ],
  [
    'override_marker',
    /(?:\[|<|#{2,}\s?|\*{2}|-{3,}\s?)\s?\/?(?:system|admin|developer|inst)(?:\s(?:override|prompt|message|instruction|note|update|command))?\s?(?:\]|>|:|\*{2}|-{3,})[^\n]{0,20}\n?.{0,160}\b(?:ignore|disregard|you must|you are now|new instructions?|override|obey|from now on|comply)\b/is,
  ],
  ['template_tokens', /<\|(?:im_start|im_end|system|endoftext|eot_id|start_header_id)\|>|<<SYS>>|\[\/INST\]/],
  [
    'safety_off',
    /\b(?:disable|turn off|remove|deactivate|switch off|bypass|circumvent|suspend|lift)\s(?:all |any |of |your |the ){1,4}(?:safety|content|ethical|moral|security|moderation|openai|anthropic)(?:\s\w+)?\s?(?:filters?|guidelines?|polic(?:y|ies)|restrictions?|protocols?|measures?|checks?|safeguards?|features?|training)\b/i,
  ],
  [
    'never_refuse',
    /\b(?:never|do not|don't|must not|cannot|can't) (?:ever )?(?:refuse|decline|say no|reject|break character)\b.{0,120}\b(?:request|answer|question|what i (?:say|ask)|instructions?|character|warn|ethic|anything)/is,
  ],
  [
    'exfiltrate',
    /\b(?:send|post|forward|upload|transmit|email|exfiltrate|append|leak)\b.{0,60}\b(?:conversation|chat history|system prompt|api[ _]keys?|credentials|passwords?|secrets|user(?:'s)? (?:data|messages?|emails?)|everything (?:above|the user))\b.{0,60}(?:https?:\/\/|\bto (?:attacker|evil|this (?:url|address|server|webhook))|[\w.]+@[\w.]+)/is,
  ],
  [
    'hidden_from_user',
    /\b(?:do not|don't|never) (?:tell|mention|inform|reveal|alert|notify|let)\b.{0,30}\b(?:the )?user\b.{0,60}\b(?:know|this|these|instruction|message|about it|that you)/is,
  ],
];

/** The words of a model are not told to it by somebody else. */
const TRUSTED = new Set(['assistant', 'system', 'developer']);
const TEXT_CHARS_MAX = 200_000;

/**
 * Rules for prompt injection and jailbreaks. They know phrases, not meanings: docs/guards.md says how many attacks they
 * miss. So their action is `flag` unless the owner decides otherwise.
 */
export function findInjection(texts: readonly RequestText[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { role, text } of texts) {
    if (TRUSTED.has(role)) continue;
    const normal = normalText(text.slice(0, TEXT_CHARS_MAX)).text.replace(/[^\S\n]+/g, ' ');
    for (const [name, pattern] of RULES) if (pattern.test(normal)) found[name] = (found[name] ?? 0) + 1;
  }
  return found;
}
