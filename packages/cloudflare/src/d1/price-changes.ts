import type { ConfigVersions, PriceChange, PriceChangeState, PriceChangeStore } from '@sluice/contract';
import type { InferSelectModel } from 'drizzle-orm';
import { migrated } from './migrate.ts';
import type { price_changes } from './schema.ts';

export type PriceChangeRow = InferSelectModel<typeof price_changes>;

/** A bound value has at most 2 MB, and a change some hundred bytes. */
const CHANGES_PER_STATEMENT = 500;

const COLUMNS =
  'id, price_provider, model, state, before, after, doubt, source, at_ms, decided_at_ms, decided_by';

/** `$.x` of each element of the JSON list that is bound as ?1. */
const member = (name: string): string => `json_extract(value, '$.${name}')`;

const INSERT =
  `INSERT INTO price_changes (${COLUMNS}) SELECT ${COLUMNS.split(', ').map(member).join(', ')} ` +
  'FROM json_each(?1)';

/** What was in force, or waited, for the same entry. What waits takes nothing out of force. */
const REPLACE =
  "UPDATE price_changes SET state = 'replaced' WHERE id NOT IN " +
  `(SELECT ${member('id')} FROM json_each(?1)) AND EXISTS (SELECT 1 FROM json_each(?1) ` +
  `WHERE ${member('price_provider')} = price_provider AND ${member('model')} = model ` +
  `AND (price_changes.state = 'pending' OR (price_changes.state IN ('applied', 'accepted') ` +
  `AND ${member('state')} IN ('applied', 'accepted'))))`;

/** Every organization finds them in its own log. */
const AUDIT =
  'INSERT INTO audit (organization_id, id, at_ms, actor, action, target_type, target_id, before, after) ' +
  `SELECT organizations.id, 'evt_' || ${member('id')} || '_' || organizations.rowid || ?3, ?4, ?2, ` +
  `'model.price_' || ${member('state')}, 'model', ${member('price_provider')} || '/' || ${member('model')}, ` +
  `${member('before')}, json_object('entry', json(${member('after')}), 'doubt', ${member('doubt')}, ` +
  `'source', ${member('source')}, 'change_id', ${member('id')}) FROM json_each(?1), organizations`;

/** For decisions: nothing happens twice. */
const STILL_PENDING =
  `EXISTS (SELECT 1 FROM json_each(?1) AS decided, price_changes AS waiting WHERE waiting.state = 'pending' ` +
  "AND waiting.id = json_extract(decided.value, '$.id'))";

const GROW =
  'UPDATE organizations SET config_version = config_version + 1, updated_at_ms = ?1 ' +
  'RETURNING id AS organization_id, config_version';

/** Price changes of the whole deployment; only their audit entries belong to organizations. */
export function createPriceChangeStore(db: D1Database): PriceChangeStore {
  const find = async (id: string): Promise<PriceChange | null> => {
    const row = await migrated(db, () =>
      db.prepare('SELECT * FROM price_changes WHERE id = ?1').bind(id).first<PriceChangeRow>(),
    );
    return row === null ? null : priceChangeOf(row);
  };

  return {
    async inForce() {
      const { results } = await migrated(db, () => selectPricesInForce(db).all<PriceChangeRow>());
      return results.map(priceChangeOf);
    },

    async list(state, limit, after) {
      const { results } = await migrated(db, () =>
        db
          .prepare(
            'SELECT * FROM price_changes WHERE (?1 IS NULL OR state = ?1) AND (at_ms, id) < (?2, ?3) ' +
              'ORDER BY at_ms DESC, id DESC LIMIT ?4',
          )
          .bind(state, after?.at_ms ?? Number.MAX_SAFE_INTEGER, after?.id ?? '', limit)
          .all<PriceChangeRow>(),
      );
      return results.map(priceChangeOf);
    },

    find,

    async add(changes) {
      const at_ms = changes[0]?.at_ms ?? 0;
      const statements: D1PreparedStatement[] = [];
      for (let at = 0; at < changes.length; at += CHANGES_PER_STATEMENT) {
        const json = toJson(changes.slice(at, at + CHANGES_PER_STATEMENT));
        statements.push(
          db.prepare(INSERT).bind(json),
          db.prepare(REPLACE).bind(json),
          db.prepare(AUDIT).bind(json, 'system', '', at_ms),
        );
      }
      if (!changes.some(({ state }) => state === 'applied')) {
        await migrated(db, () => db.batch(statements));
        return [];
      }
      const answers = await migrated(db, () => db.batch([...statements, db.prepare(GROW).bind(at_ms)]));
      return (answers.at(-1)?.results ?? []) as ConfigVersions;
    },

    async decide(id, state, actor, at_ms) {
      const change = await find(id);
      if (change === null || change.state !== 'pending') return null;
      const decided = toJson([{ ...change, state, decided_at_ms: at_ms, decided_by: actor }]);
      const is_accepted = state === 'accepted';
      const answers = await db.batch([
        db.prepare(`${AUDIT} WHERE ${STILL_PENDING}`).bind(decided, actor, `_${state}`, at_ms),
        ...(is_accepted ? [db.prepare(`${REPLACE} AND ${STILL_PENDING}`).bind(decided)] : []),
        db
          .prepare(
            'UPDATE price_changes SET state = ?2, decided_at_ms = ?3, decided_by = ?4 ' +
              "WHERE id = ?1 AND state = 'pending'",
          )
          .bind(id, state, at_ms, actor),
        ...(is_accepted ? [db.prepare(GROW).bind(at_ms)] : []),
      ]);
      if (answers[is_accepted ? 2 : 1]?.meta.changes !== 1) return null;
      return is_accepted ? ((answers[3]?.results ?? []) as ConfigVersions) : [];
    },
  };
}

export const selectPricesInForce = (db: D1Database): D1PreparedStatement =>
  db.prepare("SELECT * FROM price_changes WHERE state IN ('applied', 'accepted') ORDER BY at_ms, id");

const toJson = (changes: readonly PriceChange[]): string =>
  JSON.stringify(
    changes.map((change) => ({
      ...change,
      before: change.before === null ? null : JSON.stringify(change.before),
      after: JSON.stringify(change.after),
    })),
  );

export const priceChangeOf = (row: PriceChangeRow): PriceChange => ({
  ...row,
  state: row.state satisfies PriceChangeState,
  before: row.before === null ? null : JSON.parse(row.before),
  after: JSON.parse(row.after),
});
