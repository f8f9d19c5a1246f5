CREATE TABLE `budgets` (
	`organization_id` text NOT NULL,
	`id` text NOT NULL,
	`name` text DEFAULT '' NOT NULL,
	`scope` text NOT NULL,
	`subject` text NOT NULL,
	`window` text NOT NULL,
	`currency` text NOT NULL,
	`limit_amount` real NOT NULL,
	`hard` integer NOT NULL,
	`alert_percents` text NOT NULL,
	`version` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	PRIMARY KEY(`organization_id`, `id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `budgets_by_subject` ON `budgets` (`organization_id`,`scope`,`subject`,`window`);