#include "setting.h"

#include "words.h"

#include "cgetway/tag.h"

#include <stdlib.h>
#include <string.h>

static uint8_t context_of(const struct cgw_plan *plan, const char *abstract_syntax)
{
    for (size_t i = 0; i < plan->context_count; i++) {
        if (strcmp(plan->contexts[i].abstract_syntax, abstract_syntax) == 0)
            return plan->contexts[i].id;
    }
    abort();
}

static void set_text(struct cgw_data_set *data_set, uint32_t tag, enum cgw_vr vr, const char *text)
{
    struct cgw_element *element = cgw_data_set_obtain(data_set, tag, vr);
    if (element == NULL || !cgw_element_set_value(element, text, strlen(text)))
        abort();
}

void setting_init(struct setting *setting)
{
    memset(setting, 0, sizeof *setting);
    setting->peer = (struct cgw_peer){.name = "memory",
                                      .host = "memory",
                                      .port = 104,
                                      .called_aet = "PEER",
                                      .calling_aet = "CGETWAY",
                                      .acse_timeout_ms = 30000,
                                      .dimse_timeout_ms = 30000,
                                      .network_timeout_ms = 30000,
                                      .total_timeout_ms = 60000,
                                      .cancel_grace_ms = 200,
                                      .min_rate_bytes_per_s = 1,
                                      .min_rate_window_ms = 30000,
                                      .max_pdu = 131072,
                                      .max_instance_bytes = 1 << 20,
                                      .max_instances = 1000,
                                      .transfer_syntax = "*",
                                      .storage_class = "*",
                                      .storage_role = CGW_ROLE_SCP,
                                      .max_passes = 1,
                                      .max_matches = 1000};
    set_text(&setting->identifier, CGW_TAG_QUERY_RETRIEVE_LEVEL, CGW_VR_CS, "STUDY");
    set_text(&setting->identifier, CGW_TAG_STUDY_INSTANCE_UID, CGW_VR_UI, "1.2.3");
    cgw_plan_classes("*", &setting->classes);
    cgw_plan_syntaxes("*", &setting->syntaxes);
    struct cgw_plan_options options = {
        .model = CGW_MODEL_STUDY, .role = CGW_ROLE_SCP, .syntaxes = &setting->syntaxes};
    cgw_plan_by_configuration(&options, &setting->classes, &setting->plan);
    setting->ct = context_of(&setting->plan, SETTING_CT_IMAGE);
    setting->mr = context_of(&setting->plan, SETTING_MR_IMAGE);
    setting->watch = (struct cgw_watch){-1, -1};
    memory_peer_init(&setting->memory);
}

void setting_release(struct setting *setting)
{
    cgw_data_set_release(&setting->identifier);
    memory_peer_release(&setting->memory);
}

void setting_accept(struct setting *setting)
{
    say_accept_all(&setting->memory.words, setting->plan.contexts, setting->plan.context_count);
}

static enum cgw_code connect_next(void *context, struct cgw_transport *ret_transport, struct cgw_error *err)
{
    struct setting *setting = context;
    if (setting->connections > setting->other_count)
        return cgw_fail(err, CGW_E_PEER_UNREACHABLE, "no further connection");
    *ret_transport = memory_peer_transport(
        setting->connections == 0 ? &setting->memory : &setting->others[setting->connections - 1]);
    setting->connections++;
    return CGW_OK;
}

enum cgw_code setting_open(struct setting *setting, struct cgw_retrieve **ret_retrieve, struct cgw_error *err)
{
    struct cgw_retrieve_options options = {.peer = &setting->peer,
                                           .identifier = &setting->identifier,
                                           .model = CGW_MODEL_STUDY,
                                           .watch = setting->watch,
                                           .connector = {connect_next, setting},
                                           .digest = setting->digest,
                                           .prior = setting->prior,
                                           .prior_count = setting->prior_count,
                                           .at_least = setting->at_least};
    return cgw_retrieve_open(&options, ret_retrieve, err);
}

void setting_of_find(struct setting *setting)
{
    setting_init(setting);
    cgw_plan_find(CGW_MODEL_STUDY, &setting->plan);
}

enum cgw_code setting_open_find(struct setting *setting, struct cgw_find **ret_find, struct cgw_error *err)
{
    struct cgw_find_options options = {
        .peer = &setting->peer, .model = CGW_MODEL_STUDY, .watch = setting->watch};
    return cgw_find_open_over(memory_peer_transport(&setting->memory), &options, ret_find, err);
}
