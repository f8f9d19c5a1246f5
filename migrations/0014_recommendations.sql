CREATE TABLE `recommendation_runs` (
	`organization_id` text PRIMARY KEY NOT NULL,
	`at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `recommendations` (
	`organization_id` text NOT NULL,
	`id` text NOT NULL,
	`state` text NOT NULL,
	`advice` text NOT NULL,
	`from_ms` integer NOT NULL,
	`until_ms` integer NOT NULL,
	`first_seen_ms` integer NOT NULL,
	`seen_ms` integer NOT NULL,
	`snoozed_until_ms` integer,
	`applied_at_ms` integer,
	`applied_by` text,
	`effect` text,
	PRIMARY KEY(`organization_id`, `id`)
);
