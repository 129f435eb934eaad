-- Takes back workflow.sql, with the triggers that call its functions.

drop function if exists public.update_scan_job_progress() cascade;
drop function if exists app.keep_scan_progress() cascade;
drop function if exists public.generate_widget_embed_code() cascade;
drop function if exists public.update_workflow_statistics() cascade;
drop function if exists app.keep_workflow_end() cascade;
drop function if exists public.resume_due_workflows();
drop function if exists public.resume_workflow(uuid);
drop function if exists public.execute_workflow(uuid, uuid, jsonb);
drop function if exists app.may_run_workflows(uuid);
drop function if exists app.run_workflow(uuid);
drop function if exists app.take_step(public.workflow_executions, jsonb);
drop function if exists app.change_conversation(public.workflow_executions, jsonb);
drop function if exists app.step_holds(jsonb, public.conversations, jsonb);
drop function if exists app.step_text(jsonb, text, jsonb);
drop function if exists app.flat_steps(jsonb, text, integer);
