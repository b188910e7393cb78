-- Schema 2: which edition of the rulebook has judged all deals.
create table judged (
    only    integer primary key check (only = 1),
    edition text not null
) strict;
