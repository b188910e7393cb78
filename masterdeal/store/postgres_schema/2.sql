-- Schema 2: what is kept beside the events: documents, leads and the like, as JSON under a kind and an id.
create table archive (
    kind    text collate "C" not null,
    id      text collate "C" not null,
    updated bigint not null,
    body    text not null,
    primary key (kind, id)
);
