CREATE TABLE `price_changes` (
	`id` text PRIMARY KEY NOT NULL,
	`price_provider` text NOT NULL,
	`model` text NOT NULL,
	`state` text NOT NULL,
	`before` text,
	`after` text NOT NULL,
	`doubt` text,
	`source` text NOT NULL,
	`at_ms` integer NOT NULL,
	`decided_at_ms` integer,
	`decided_by` text
);
--> statement-breakpoint
CREATE INDEX `price_changes_by_state` ON `price_changes` (`state`,`at_ms`);--> statement-breakpoint
ALTER TABLE `connections` ADD `health_check` text;--> statement-breakpoint
ALTER TABLE `price_overrides` ADD `settings` text DEFAULT '{}' NOT NULL;