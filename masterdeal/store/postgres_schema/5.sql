-- Schema 5: how far a task tracker outside follows the tasks. `next_try` is when it is to be told again.
create table delivery (
    task_id   text collate "C" primary key,
    deal_id   text collate "C" not null,
    tracker   text not null,
    remote    text,
    change    bigint not null,
    sent      bigint not null,
    shown     text,
    state     text not null,
    attempts  bigint not null,
    uncertain bigint not null,
    next_try  bigint,
    leased    bigint,
    since     bigint,
    detail    text
);
create index delivery_due on delivery (next_try) where next_try is not null;
create index delivery_refused on delivery (task_id) where state = 'refused';
