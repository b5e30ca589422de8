/*
 * list_restores.h - list --restores: the changes to clusters that a repository
 * has records of.
 */
#ifndef CLI_LIST_RESTORES_H
#define CLI_LIST_RESTORES_H

#include "common/compiler.h"
#include "common/err.h"

struct context;
struct repo;

/* Oldest first, of the cluster folder, or of every cluster that has snapshots
 * (NULL).  Opens no record. */
int list_restores(struct context *context, struct repo *repo,
    const char *cluster, struct err *err) MUST_CHECK;

#endif /* CLI_LIST_RESTORES_H */
