/* SPDX-License-Identifier: MIT
 *
 * list.h - circular, doubly linked, intrusive lists.
 *
 * A struct list is both the head and the node inside an element. A node
 * that is on no list points at itself, so list_del() is always safe on an
 * initialised node, and list_linked() tells which it is.
 *
 * MEMORY: none is allocated; the elements belong to whoever made them.
 */
#ifndef CLEAT_BASE_LIST_H
#define CLEAT_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next, *prev;
};

#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

static inline void
list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool
list_linked(const struct list *n)
{
	return n->next != n;
}

static inline bool
list_empty(const struct list *head)
{
	return head->next == head;
}

static inline void
list_add_tail(struct list *head, struct list *n)
{
	n->prev = head->prev;
	n->next = head;
	head->prev->next = n;
	head->prev = n;
}

static inline void
list_del(struct list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	list_init(n);
}

/* Moves all of `from` to the end of `to`; `from` is empty afterwards. */
static inline void
list_splice_tail(struct list *to, struct list *from)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

/* The body may delete the current element in the _SAFE form only. */
#define LIST_FOREACH(n, head) \
	for (struct list *n = (head)->next; n != (head); n = n->next)
#define LIST_FOREACH_SAFE(n, head)                                            \
	for (struct list *n = (head)->next, *n##_next = n->next; n != (head); \
	     n = n##_next, n##_next = n->next)

#endif
