{{- define "preemptd.selector" -}}
app.kubernetes.io/name: preemptd
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "preemptd.labels" -}}
{{ include "preemptd.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "preemptd.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
