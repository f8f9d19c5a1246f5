CREATE TABLE `feedback` (
	`organization_id` text NOT NULL,
	`request_id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`score_milli` integer NOT NULL,
	`comment` text,
	`metadata` text NOT NULL,
	PRIMARY KEY(`organization_id`, `request_id`)
);
--> statement-breakpoint
CREATE INDEX `feedback_by_time` ON `feedback` (`organization_id`,`at_ms`);--> statement-breakpoint
CREATE TABLE `receipt_chains` (
	`organization_id` text NOT NULL,
	`key_id` text NOT NULL,
	`sequence` integer NOT NULL,
	`hash` text NOT NULL,
	PRIMARY KEY(`organization_id`, `key_id`)
);
--> statement-breakpoint
CREATE TABLE `saved_filters` (
	`organization_id` text NOT NULL,
	`name` text NOT NULL,
	`query` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	PRIMARY KEY(`organization_id`, `name`)
);
--> statement-breakpoint
CREATE TABLE `trace_contents` (
	`organization_id` text NOT NULL,
	`request_id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`request_body` text,
	`response_text` text,
	PRIMARY KEY(`organization_id`, `request_id`)
);
--> statement-breakpoint
CREATE INDEX `trace_contents_by_time` ON `trace_contents` (`organization_id`,`at_ms`);--> statement-breakpoint
PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_traces` (
	`id` integer PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`request_id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`project_id` text,
	`key_id` text NOT NULL,
	`user_id` text,
	`session_id` text,
	`provider` text,
	`model` text,
	`status` integer NOT NULL,
	`cost_usd_nanos` integer,
	`latency_ms` integer DEFAULT 0 NOT NULL,
	`score_milli` integer,
	`chain_sequence` integer,
	`record` text NOT NULL,
	`receipt` text
);
--> statement-breakpoint
INSERT INTO `trace_contents` ("organization_id", "request_id", "at_ms", "request_body", "response_text") SELECT "organization_id", "request_id", "at_ms", record ->> '$.request_body', record ->> '$.response_text' FROM `traces` WHERE record ->> '$.request_body' IS NOT NULL OR record ->> '$.response_text' IS NOT NULL;--> statement-breakpoint
INSERT INTO `__new_traces`("id", "organization_id", "request_id", "at_ms", "project_id", "key_id", "user_id", "session_id", "provider", "model", "status", "cost_usd_nanos", "latency_ms", "record") SELECT "at_ms" * 2048 + row_number() OVER (PARTITION BY "at_ms" ORDER BY "organization_id", "request_id") - 1, "organization_id", "request_id", "at_ms", "project_id", "key_id", "user_id", "session_id", "provider", "model", "status", "cost_usd_nanos", CAST(round(record ->> '$.latency_ms') AS INTEGER), json_set(record, '$.request_body', NULL, '$.response_text', NULL) FROM `traces`;--> statement-breakpoint
DROP TABLE `traces`;--> statement-breakpoint
ALTER TABLE `__new_traces` RENAME TO `traces`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE UNIQUE INDEX `traces_by_request` ON `traces` (`organization_id`,`request_id`);--> statement-breakpoint
CREATE INDEX `traces_by_time` ON `traces` (`organization_id`,`at_ms`);--> statement-breakpoint
CREATE UNIQUE INDEX `traces_by_chain` ON `traces` (`organization_id`,`key_id`,`chain_sequence`) WHERE chain_sequence IS NOT NULL;--> statement-breakpoint
ALTER TABLE `usage_hourly` ADD `quality_milli_sum` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `usage_hourly` ADD `quality_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE VIRTUAL TABLE `trace_words` USING fts5(fields, words, content='', contentless_delete=1, detail='column', tokenize='unicode61 remove_diacritics 2');
